//! Precedence of the control thread over everything else on the machine.
//!
//! Owns: the one attempt to get it. Refuses: to insist: without it the station works and `doctor` says what is missing. The
//! call for real-time scheduling is not offered safely by any library in use, so `chrt` (util-linux, on every Raspberry Pi)
//! makes it.

use std::process::{Command, Stdio};

/// Among the real-time threads of the machine a modest one: above ordinary work, below the kernel's own.
const PRIORITY: &str = "20";

/// What the calling thread got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precedence {
    /// SCHED_FIFO: it runs before every ordinary thread.
    Fifo,
    /// Ordinary: the system allows no more.
    Ordinary,
}

/// Tries to give the calling thread real-time precedence.
pub fn attempt() -> Precedence {
    let thread = rustix::thread::gettid().as_raw_nonzero().to_string();
    let done = Command::new("chrt")
        .args(["--fifo", "--pid", PRIORITY, &thread])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if done.is_ok_and(|status| status.success()) { Precedence::Fifo } else { Precedence::Ordinary }
}
