//! Readers of identity cards. What a card says is personal data: it passes through and is kept nowhere here.

pub mod sam;
