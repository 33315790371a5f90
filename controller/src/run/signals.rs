//! The system's ways to tell the daemon to end.
//!
//! Owns: the signals after which every output is driven safe before the process ends: SIGTERM, SIGINT, and SIGHUP too, as the
//! terminal or line from which a daemon was started may go. Refuses: nothing; SIGKILL cannot be heard, and what holds then is up
//! to the lines' backend and the next start. Holds no state.

use std::io;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

/// Becomes true with the first signal to end; its sender waits on a thread of its own. From this call on none of these
/// signals ends the process by itself.
///
/// # Errors
/// What the system says when signals cannot be taken.
pub fn shutdown_on_signals() -> io::Result<watch::Receiver<bool>> {
    let (stop, shutdown) = watch::channel(false);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let (mut terminate, mut interrupt, mut hang_up) = runtime.block_on(async {
        io::Result::Ok((
            signal(SignalKind::terminate())?,
            signal(SignalKind::interrupt())?,
            signal(SignalKind::hangup())?,
        ))
    })?;
    let wait = move || {
        runtime.block_on(async {
            tokio::select! {
                _ = terminate.recv() => tracing::info!("told to end"),
                _ = interrupt.recv() => tracing::info!("interrupted"),
                _ = hang_up.recv() => tracing::info!("the line that it was started from is gone"),
            }
        });
        stop.send_replace(true);
    };
    std::thread::Builder::new().name("signals".into()).spawn(wait)?;
    Ok(shutdown)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustix::process::{Signal, getpid, kill_process};

    #[test]
    fn each_of_the_signals_ends_it_in_order() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for signal in [Signal::TERM, Signal::INT, Signal::HUP] {
            let mut shutdown = shutdown_on_signals().unwrap();
            assert!(!*shutdown.borrow());
            kill_process(getpid(), signal).unwrap();
            assert!(*runtime.block_on(shutdown.wait_for(|stop| *stop)).unwrap());
        }
    }
}
