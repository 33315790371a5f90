//! How a run ended, and what it reached.
//!
//! Owns: the verdict. Refuses: two of them. Holds nothing.

use serde::Serialize;
use std::collections::BTreeMap;

/// How a run ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// No law was broken, and everything settled.
    Passed,
    /// The station could not go on.
    Crash(String),
    /// It never settled.
    Liveness(String),
    /// A law was broken.
    Safety(String),
}

/// What came of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// How it ended.
    pub verdict: Verdict,
    /// Simulated time, s.
    pub simulated_s: u64,
    /// Donations opened.
    pub opened: u32,
    /// Donations closed.
    pub closed: u32,
    /// Of these collected.
    pub collected: u32,
    /// What was reached, and how often.
    pub reached: BTreeMap<String, u64>,
}

/// The outcome of a run that did not come far enough to have another.
pub fn failed(seed: u64, verdict: Verdict) -> Outcome {
    let reached = BTreeMap::new();
    Outcome { seed, verdict, simulated_s: 0, opened: 0, closed: 0, collected: 0, reached }
}
