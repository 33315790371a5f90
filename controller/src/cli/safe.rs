//! `hemostation safe`: every output safe, with nothing but the last good map of outputs.
//!
//! Owns: saying what was driven. Refuses: to need a lock, a configuration or a journal. Holds no state.

use super::{Done, Failure, print};
use clap::Args;
use controller::safe::OutputMap;
use std::path::PathBuf;

/// Drive every output of the station safe: clamps closed, tools disabled
///
/// For when the daemon does not run or does not start. Needs only outputs.json of the state folder, which each start of the
/// daemon writes. A node at an RS-485 line releases by itself what it guards; it is told all the same, for up to a second each,
/// and has to say that everything is off. Ends with 1 when an output could not be driven: then pinch the lines by hand.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  hemostation safe --state /var/lib/hemostation")]
pub(crate) struct Safe {
    /// The state folder
    #[arg(long, value_name = "DIR")]
    state: PathBuf,
}

impl Safe {
    pub(super) fn run(self) -> Done {
        let by_hand = |error| Failure::Refused(format!("{error}; PINCH THE LINES BY HAND"));
        let driven = OutputMap::load(&self.state).and_then(|map| map.drive()).map_err(by_hand)?;
        print(&format!("{driven} outputs driven safe\n"))
    }
}
