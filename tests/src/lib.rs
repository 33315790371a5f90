//! What crosses crates: end to end, crash, compatibility, tidy.
