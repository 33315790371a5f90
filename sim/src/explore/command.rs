//! The explorer's command: one seed, many seeds, a measurement.
//!
//! Owns: what is printed and the exit codes. Refuses: to hide a failure behind a later one: each is printed with the line that
//! brings it back. Two threads share the seeds; the outcome of each does not depend on that.

use super::coverage::{self, COLLECTED_PCT};
use super::options::Options;
use super::outcome::{Outcome, Verdict, failed};
use super::run::{ORDINARY_ML_MIN, run};
use crate::say;
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops::Range;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// All went well.
pub const PASSED: u8 = 0;
/// Too little was reached to mean anything.
pub const SHALLOW: u8 = 1;
/// The station could not go on.
pub const CRASH: u8 = 127;
/// Something never settled.
pub const LIVENESS: u8 = 128;
/// A law was broken.
pub const SAFETY: u8 = 129;

/// What came of many seeds.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    /// Runs.
    pub runs: u64,
    /// Simulated time, hours.
    pub simulated_h: f64,
    /// Donations opened.
    pub opened: u64,
    /// Donations closed.
    pub closed: u64,
    /// Of these collected.
    pub collected: u64,
    /// Runs that failed.
    pub failures: Vec<Outcome>,
    /// What was reached, and how often.
    pub reached: BTreeMap<String, u64>,
}

impl Report {
    fn add(&mut self, outcome: Outcome) {
        self.runs += 1;
        self.simulated_h += outcome.simulated_s as f64 / 3600.0;
        self.opened += u64::from(outcome.opened);
        self.closed += u64::from(outcome.closed);
        self.collected += u64::from(outcome.collected);
        for (what, times) in &outcome.reached {
            *self.reached.entry(what.clone()).or_default() += times;
        }
        if outcome.verdict != Verdict::Passed {
            self.failures.push(outcome);
        }
    }

    /// The exit code: the gravest failure's, or that so many runs have reached too little.
    pub fn code(&self) -> u8 {
        let failed = self.failures.iter().map(|outcome| code(&outcome.verdict)).max();
        failed.unwrap_or(if self.shallow().is_empty() { PASSED } else { SHALLOW })
    }

    /// What so many runs should have reached and did not.
    pub fn shallow(&self) -> Vec<String> {
        if self.runs < coverage::RUNS {
            return Vec::new();
        }
        let mut missing = coverage::missing(&self.reached);
        if self.collected * 100 < self.opened * COLLECTED_PCT {
            missing.push(format!("{COLLECTED_PCT} % of all donations collected"));
        }
        missing
    }
}

fn code(verdict: &Verdict) -> u8 {
    match verdict {
        Verdict::Passed => PASSED,
        Verdict::Crash(_) => CRASH,
        Verdict::Liveness(_) => LIVENESS,
        Verdict::Safety(_) => SAFETY,
    }
}

/// Runs these options; a panic is their outcome.
pub fn one(options: &Options, aloud: bool) -> Outcome {
    if aloud {
        say!("{options}");
    }
    let panicked = |panic: Box<dyn std::any::Any + Send>| {
        let text = panic.downcast_ref::<String>().cloned();
        let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        failed(options.seed, Verdict::Crash(text.unwrap_or_else(|| "a panic without words".to_owned())))
    };
    catch_unwind(AssertUnwindSafe(|| run(options, aloud, true))).unwrap_or_else(panicked)
}

/// Runs these options and says what came of it. The exit code.
pub fn seed(options: &Options, aloud: bool) -> u8 {
    if !aloud {
        say!("{options}");
    }
    let outcome = one(options, aloud);
    say!("{}", verdict(&outcome));
    code(&outcome.verdict)
}

fn verdict(outcome: &Outcome) -> String {
    let seed = outcome.seed;
    let end = match &outcome.verdict {
        Verdict::Passed => "passed".to_owned(),
        Verdict::Crash(what) => format!("CRASH {what}"),
        Verdict::Liveness(what) => format!("LIVENESS {what}"),
        Verdict::Safety(what) => format!("SAFETY {what}"),
    };
    let Outcome { simulated_s, opened, closed, collected, .. } = outcome;
    format!("seed {seed}: {end} ({simulated_s} s, {opened} opened, {closed} closed, {collected} collected)")
}

/// How many seeds are run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Until {
    /// All of them.
    TheLast,
    /// None is begun after one has failed. The lowest seed that fails is the same on any number of threads.
    AFailure,
}

/// Runs these seeds on `threads` threads.
pub fn explore(seeds: Range<u64>, threads: usize, until: Until) -> Report {
    let next = AtomicU64::new(seeds.start);
    let report = Mutex::new(Report::default());
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                return;
            }
            let outcome = one(&Options::draw(seed), false);
            if outcome.verdict != Verdict::Passed {
                if until == Until::AFailure {
                    next.fetch_max(seeds.end, Ordering::Relaxed);
                }
                eprintln!(
                    "{}\n  {}\n  explore --seed {seed} --trace",
                    Options::draw(seed),
                    verdict(&outcome)
                );
            }
            report.lock().unwrap_or_else(std::sync::PoisonError::into_inner).add(outcome);
        }
    };
    std::thread::scope(|scope| (0..threads.max(1)).for_each(|_| drop(scope.spawn(work))));
    let mut report = report.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    report.failures.sort_by_key(|outcome| outcome.seed);
    report
}

/// Runs these seeds and prints what came of them. The exit code.
pub fn seeds(seeds: Range<u64>, threads: usize, until: Until, json: bool) -> u8 {
    say!("seeds {}..{}", seeds.start, seeds.end);
    let begin = Instant::now();
    let report = explore(seeds, threads, until);
    let seconds = begin.elapsed().as_secs_f64();
    if json {
        match serde_json::to_string(&report) {
            Ok(text) => say!("{text}"),
            Err(error) => eprintln!("explore: {error}"),
        }
        return report.code();
    }
    for (what, times) in &report.reached {
        say!("{times:10}  {what}");
    }
    for what in report.shallow() {
        say!("NOT REACHED: {what}");
    }
    for outcome in &report.failures {
        say!("{}", verdict(outcome));
    }
    let Report { runs, simulated_h, opened, closed, collected, failures, .. } = &report;
    say!(
        "{runs} runs, {} failed; {opened} donations opened, {closed} closed, {collected} collected; \
         {simulated_h:.1} h simulated in {seconds:.1} s",
        failures.len()
    );
    report.code()
}

/// Time that this process has had a core so far, s: what else runs on the machine is not in it.
fn core_seconds() -> f64 {
    let spent = clock_gettime(ClockId::ProcessCPUTime);
    spent.tv_sec as f64 + spent.tv_nsec as f64 / 1e9
}

/// How many fault-free donations of 400 mL one core carries out in a second, hashing on: staff acts at once, veins give an ordinary
/// flow, every step of the procedure is gone through; nobody judges.
pub fn bench(donations: u32) -> u8 {
    let begin = core_seconds();
    let outcome = run(&Options::calm(1, donations), false, false);
    let seconds = core_seconds() - begin;
    let each = f64::from(outcome.closed) / seconds;
    say!("{}", verdict(&outcome));
    say!(
        "400 mL each at {ORDINARY_ML_MIN} mL/min, 23 weights a second, hash chain on, staff that acts at once"
    );
    say!("{} donations in {seconds:.2} s on one core: {each:.1} a second", outcome.closed);
    code(&outcome.verdict)
}
