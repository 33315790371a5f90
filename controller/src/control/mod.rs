//! The one step of the station, and everything it is made of.

pub mod gate;
pub mod io;
pub mod machine;
pub mod register;
