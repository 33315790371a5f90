//! What the programs of this crate print.
//!
//! Owns: standard output, line by line. Refuses: to go on for a reader that has gone (`explore ... | head`): the program ends there, quietly.
//! Holds no state.

use std::fmt;
use std::io::{self, Write as _};

/// Exit code when nobody reads any more: what a shell makes of SIGPIPE.
pub const UNREAD: i32 = 141;

/// Prints one line, as `println!` does.
#[macro_export]
macro_rules! say {
    ($($words:tt)*) => { $crate::out::line(format_args!($($words)*)) };
}

/// One line on standard output.
pub fn line(words: fmt::Arguments<'_>) {
    if writeln!(io::stdout().lock(), "{words}").is_err() {
        std::process::exit(UNREAD);
    }
}
