//! Simulated devices: one file each, sans-IO, speaking the real bytes and working real lines.
//!
//! Owns: the devices' side of every protocol, paced by its line. Refuses: to know the station's mind. What a device says is
//! pinned here by transcripts, because a codec shared with the driver would hide a mistake that both make.

pub mod cell;
pub mod clamp;
pub mod diverter;
pub mod enable;
pub mod hx711;
pub mod id_reader;
pub mod mixer;
pub mod node;
pub mod one_shot;
pub mod panel;
pub mod probe;
pub mod rack;
pub mod rfid;
mod rr3036;
pub mod sampler;
pub mod scale;
pub mod scanner;
pub mod transmitter;
pub mod typist;
pub mod voice;
pub mod wire;
