//! The estimator over a recorded trace: what it believed each second, and when it would have clamped.
//!
//! A trace is CSV with a header row that names its columns, in any order and case: `t_us` and `mg`, and with a tacho `phase`
//! in thousandths of a turn (0 to 999). A byte-order mark, Windows line ends, spaces about the cells and blank lines at the end
//! are passed over. Times never go back; the weight is net, its first row is the empty set. At most [`MOST_ROWS`] rows.
//! Refuses: anything else, with the number of the line. The clamp stays open in a recording, so what follows the order is
//! still shown.

use serde::Serialize;
use station::device::{Quality, WeightSample};
use station::draw::{DrawSettings, Estimator, Sureness};
use station::measure::{Milligrams, Mono};

/// Most rows of a trace: a day at 100 weights a second.
pub const MOST_ROWS: usize = 8_640_000;
/// A second of the trace, us.
const SECOND: u64 = 1_000_000;

/// Why a trace cannot be read.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TraceError {
    /// line 1: the header row has to name `t_us`, `mg` and perhaps `phase`, each once and nothing else; it is `{0}`
    #[error(
        "line 1: the header row has to name `t_us`, `mg` and perhaps `phase`, each once and nothing else; it is `{0}`"
    )]
    Header(String),
    /// line {line}: a blank line amid the rows
    #[error("line {line}: a blank line amid the rows")]
    Blank {
        /// Line, from 1.
        line: usize,
    },
    /// line {line}: {columns} columns are needed, there are {found}
    #[error("line {line}: {columns} columns are needed, there are {found}")]
    Columns {
        /// Line, from 1.
        line: usize,
        /// Columns of the header.
        columns: usize,
        /// Columns found.
        found: usize,
    },
    /// line {line}: `{column}` is no whole number in range: `{text}`
    #[error("line {line}: `{column}` is no whole number in range: `{text}`")]
    Number {
        /// Line, from 1.
        line: usize,
        /// Which column.
        column: &'static str,
        /// What stands there.
        text: String,
    },
    /// line {line}: the time goes back
    #[error("line {line}: the time goes back")]
    Back {
        /// Line, from 1.
        line: usize,
    },
    /// line {line}: a trace has at most 8640000 rows
    #[error("line {line}: a trace has at most {MOST_ROWS} rows")]
    TooLong {
        /// Line, from 1.
        line: usize,
    },
    /// the trace has no rows
    #[error("the trace has no rows")]
    Empty,
}

/// One row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row {
    /// Time, us.
    pub t_us: u64,
    /// Net weight, mg.
    pub mg: i64,
    /// Phase of the tray, thousandths of a turn.
    pub phase: Option<u32>,
}

/// Reads a trace.
///
/// # Errors
/// The first line that is no part of a trace, and why.
pub fn read(text: &str) -> Result<Vec<Row>, TraceError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).trim_end();
    let mut lines = text.lines().enumerate();
    let header = lines.next().map_or("", |(_, l)| l.trim());
    let columns =
        Columns::named(header).ok_or_else(|| TraceError::Header(header.chars().take(60).collect()))?;
    let mut rows: Vec<Row> = Vec::new();
    for (number, text) in lines {
        let line = number + 1;
        if text.trim().is_empty() {
            return Err(TraceError::Blank { line });
        }
        if rows.len() >= MOST_ROWS {
            return Err(TraceError::TooLong { line });
        }
        let row = columns.read(text, line)?;
        if rows.last().is_some_and(|before| row.t_us < before.t_us) {
            return Err(TraceError::Back { line });
        }
        rows.push(row);
    }
    if rows.is_empty() { Err(TraceError::Empty) } else { Ok(rows) }
}

/// Which column is which, from 0.
#[derive(Debug, Clone, Copy)]
struct Columns {
    count: usize,
    t_us: usize,
    mg: usize,
    phase: Option<usize>,
}

impl Columns {
    /// By their names; none when one is missing, twice there, or unknown.
    fn named(header: &str) -> Option<Self> {
        let names: Vec<String> = header.split(',').map(|n| n.trim().to_ascii_lowercase()).collect();
        let place = |wanted: &str| names.iter().position(|n| n == wanted);
        let (t_us, mg, phase) = (place("t_us")?, place("mg")?, place("phase"));
        let count = if phase.is_some() { 3 } else { 2 };
        (names.len() == count).then_some(Self { count, t_us, mg, phase })
    }

    fn read(self, text: &str, line: usize) -> Result<Row, TraceError> {
        let cells: Vec<&str> = text.split(',').map(str::trim).collect();
        if cells.len() != self.count {
            return Err(TraceError::Columns { line, columns: self.count, found: cells.len() });
        }
        let bad = |column, text: &str| {
            let text = text.chars().take(40).collect();
            TraceError::Number { line, column, text }
        };
        // Over a century of microseconds, or over a tonne, is another unit.
        let (t_us, mg) = (cells[self.t_us], cells[self.mg]);
        let t_us = t_us.parse().ok().filter(|t: &u64| *t < 1 << 52).ok_or_else(|| bad("t_us", t_us))?;
        let in_range = |m: &i64| m.unsigned_abs() <= 1_000_000_000;
        let mg = mg.parse().ok().filter(in_range).ok_or_else(|| bad("mg", mg))?;
        let phase = match self.phase.map(|column| cells[column]) {
            Some(text) => {
                Some(text.parse().ok().filter(|p: &u32| *p < 1000).ok_or_else(|| bad("phase", text))?)
            }
            None => None,
        };
        Ok(Row { t_us, mg, phase })
    }
}

/// What the estimator believed over a trace.
#[derive(Debug, Clone, Serialize)]
pub struct Believed {
    /// When it ordered the clamp to close, us; none when it never did.
    pub clamp_at_us: Option<u64>,
    /// Volume believed then, or at the end of the trace, uL.
    pub volume_ul: i64,
    /// Flow believed then, or at the end of the trace, uL/s.
    pub flow_ul_s: i64,
    /// Each second: time (us), volume (uL), flow (uL/s), and whether both may be relied on.
    pub curve: Vec<(u64, i64, i64, bool)>,
}

/// Runs the estimator over a trace.
pub fn run(rows: &[Row], settings: DrawSettings) -> Believed {
    let start = rows.first().map_or(0, |r| r.t_us);
    let mut estimator = Estimator::new(settings, Mono(start), Milligrams(0));
    let mut believed = Believed { clamp_at_us: None, volume_ul: 0, flow_ul_s: 0, curve: Vec::new() };
    let mut due: Option<u64> = None;
    let mut next = start + SECOND;
    let mut before: Option<Row> = None;
    for row in rows {
        if let Some(order) = due.filter(|d| *d <= row.t_us && believed.clamp_at_us.is_none()) {
            believed.order(order, &estimator);
        }
        while next <= row.t_us {
            if next < row.t_us || before.is_some_and(|b| b.t_us < next) {
                believed.point(next, &estimator);
            }
            // Over a gap in the trace one point is enough: nothing new is known within it.
            next = if row.t_us - next > 60 * SECOND { row.t_us } else { next + SECOND };
        }
        if let Some(pulse) = before.and_then(|b| home_mark(b, *row)) {
            estimator.handle_cycle(Mono(pulse));
        }
        let sample = WeightSample { gross: Milligrams(row.mg), quality: Quality::Dynamic };
        estimator.handle_sample(Mono(row.t_us), sample);
        due = estimator.clamp_due(Mono(row.t_us)).map(|d| d.0);
        if due == Some(row.t_us) && believed.clamp_at_us.is_none() {
            believed.order(row.t_us, &estimator);
        }
        before = Some(*row);
    }
    if let (None, Some(last)) = (believed.clamp_at_us, rows.last()) {
        let estimate = estimator.estimate(Mono(last.t_us));
        (believed.volume_ul, believed.flow_ul_s) = (estimate.volume.0, estimate.flow.0);
    }
    believed
}

impl Believed {
    fn order(&mut self, at: u64, estimator: &Estimator) {
        let estimate = estimator.estimate(Mono(at));
        self.clamp_at_us = Some(at);
        (self.volume_ul, self.flow_ul_s) = (estimate.volume.0, estimate.flow.0);
    }

    fn point(&mut self, at: u64, estimator: &Estimator) {
        let estimate = estimator.estimate(Mono(at));
        self.curve.push((at, estimate.volume.0, estimate.flow.0, estimate.sure == Sureness::Sure));
    }
}

/// When the tray passed its home mark between two rows, us: where the phase falls from near a full turn to near none.
/// A jitter of some hundredths back and forth is no turn.
fn home_mark(before: Row, row: Row) -> Option<u64> {
    let (from, to) = (u64::from(before.phase?), u64::from(row.phase?));
    if from < 500 + to {
        return None;
    }
    let left = 1000 - from;
    Some(before.t_us + (row.t_us - before.t_us) * left / (left + to))
}

#[cfg(test)]
mod tests {
    use super::*;
    use station::measure::{Density, Microlitres, Span};

    #[test]
    fn every_bad_line_is_named() {
        let line = |text: &str| read(text).unwrap_err().to_string();
        assert!(line("t,m\n1,2").starts_with("line 1:"));
        assert!(line("").starts_with("line 1:"));
        assert_eq!(line("t_us,mg"), "the trace has no rows");
        assert_eq!(line("t_us,mg\n0,0\n5"), "line 3: 2 columns are needed, there are 1");
        assert_eq!(line("t_us,mg\n0,0\n5,1.5"), "line 3: `mg` is no whole number in range: `1.5`");
        assert_eq!(line("t_us,mg\n-1,0"), "line 2: `t_us` is no whole number in range: `-1`");
        assert_eq!(line("t_us,mg,phase\n1,0,1000"), "line 2: `phase` is no whole number in range: `1000`");
        assert_eq!(line("t_us,mg\n5,0\n4,0"), "line 3: the time goes back");
    }

    #[test]
    fn ugly_files_are_read_as_what_they_mean() {
        let plain = read("t_us,mg,phase\n1,-20,3\n40,50,999\n").unwrap();
        assert_eq!(plain[0], Row { t_us: 1, mg: -20, phase: Some(3) });
        for ugly in [
            "\u{feff}t_us,mg,phase\r\n1,-20,3\r\n40,50,999\r\n",
            "T_us,MG,Phase\n1,-20,3\n40,50,999",
            "phase, mg , t_us\n3, -20 ,1\n999,50,40\n\n",
            " mg,t_us,phase \r\n-20,1,3\r\n50,40,999\r\n\r\n  \r\n",
        ] {
            assert_eq!(read(ugly).unwrap(), plain, "{ugly:?}");
        }
    }

    #[test]
    fn a_wrong_header_or_a_hole_is_named() {
        for header in ["t_us", "t_us,mg,mg", "t_us,mg,phase,note", "mg,phase", "t_us;mg", "t_us,mg,t_us"] {
            let wrong = read(&format!("{header}\n1,2\n"));
            assert_eq!(wrong, Err(TraceError::Header(header.to_owned())));
        }
        assert_eq!(read("t_us,mg\n1,2\n\n3,4\n"), Err(TraceError::Blank { line: 3 }));
        let least = format!("t_us,mg\n0,{}\n", i64::MIN);
        assert!(matches!(read(&least), Err(TraceError::Number { line: 2, column: "mg", .. })));
        let long = read("t_us,mg\r\n1,2\r\n3,4,5\r\n");
        assert_eq!(long, Err(TraceError::Columns { line: 3, columns: 2, found: 3 }));
    }

    #[test]
    fn the_home_mark_lies_between_two_rows() {
        let row = |t_us, phase| Row { t_us, mg: 0, phase: Some(phase) };
        assert_eq!(home_mark(row(0, 990), row(40, 10)), Some(20));
        assert_eq!(home_mark(row(0, 400), row(40, 410)), None);
        assert_eq!(home_mark(row(0, 410), row(40, 400)), None);
    }

    #[test]
    fn an_even_flow_is_clamped_on_target_and_its_curve_has_each_second() {
        let rows: Vec<Row> =
            (0..8000).map(|i| Row { t_us: i * 50_000, mg: (i as i64) * 63, phase: None }).collect();
        let target = Microlitres::from_ml(400);
        let clamp_delay = Span::from_millis(150);
        let believed = run(&rows, DrawSettings { density: Density::DEFAULT, target, clamp_delay });
        // 421.2 g at 1.26 g/s, less the clamp's delay.
        let clamp_at = believed.clamp_at_us.unwrap();
        assert!(clamp_at.abs_diff(334_135_000) < 400_000, "{clamp_at}");
        assert_eq!(believed.curve.len(), 399);
        assert_eq!(believed.curve[10].0, 11_000_000);
        assert!(believed.curve[100..].iter().all(|p| p.3 && (p.2 - 1196).abs() < 100));
    }
}
