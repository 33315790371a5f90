//! The task that looks how full the disk is on which journal and store lie.
//!
//! Owns: the rhythm and the arithmetic. Refuses: to call a disk that cannot be looked at empty, or as full as it was: then that is said, and
//! a station that does not know starts nothing. Holds no state; a slow disk holds up this task alone.

use crate::control::io::Input;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

/// Time between two looks.
const EVERY: Duration = Duration::from_secs(30);

/// A disk that takes longer to say it has not said it.
const ANSWER_WITHIN: Duration = Duration::from_secs(10);

/// Tells the station again and again.
pub(super) async fn watch(path: PathBuf, to_control: mpsc::Sender<Input>) {
    let mut ticks = interval(EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let at = path.clone();
        let look = tokio::task::spawn_blocking(move || rustix::fs::statvfs(&at));
        let used = match tokio::time::timeout(ANSWER_WITHIN, look).await {
            Ok(Ok(Ok(stat))) => Some(used_pct(stat.f_blocks.saturating_sub(stat.f_bfree), stat.f_bavail)),
            Ok(Ok(Err(error))) => unknown(&error),
            Ok(Err(error)) => unknown(&error),
            Err(error) => unknown(&error),
        };
        if to_control.send(Input::DiskUsed(used)).await.is_err() {
            return;
        }
    }
}

fn unknown(error: &dyn std::fmt::Display) -> Option<u8> {
    tracing::error!(%error, "the disk does not say how full it is");
    None
}

/// Used share in per cent, rounded up, of what this program may use at all; as `df` says it.
fn used_pct(used: u64, available: u64) -> u8 {
    let all = u128::from(used) + u128::from(available);
    let pct = (u128::from(used) * 100).div_ceil(all.max(1));
    u8::try_from(pct).unwrap_or(100).min(100)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_rounded_up_and_a_disk_without_blocks_is_empty() {
        assert_eq!(used_pct(0, 1000), 0);
        assert_eq!(used_pct(1, 999), 1);
        assert_eq!(used_pct(900, 100), 90);
        assert_eq!(used_pct(1000, 0), 100);
        assert_eq!(used_pct(0, 0), 0);
        assert_eq!(used_pct(u64::MAX, u64::MAX), 50);
    }
}
