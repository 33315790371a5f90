//! What a collection station knows and decides. Pure: no clock, no file, no port, no random; serde and thiserror only.
//!
//! Reading order: [`measure`], [`ident`], [`device`], [`procedure`] (its contract is in `procedure/mod.rs`), [`draw`],
//! [`record`], [`shift`], [`api`], [`replay`].
#![warn(clippy::wildcard_enum_match_arm)]
#![deny(clippy::float_arithmetic)]

pub mod api;
pub mod device;
pub mod draw;
pub mod ident;
pub mod measure;
pub mod procedure;
pub mod record;
pub mod replay;
pub mod shift;
