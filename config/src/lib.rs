//! Typed configuration: TOML in, validated types out.
