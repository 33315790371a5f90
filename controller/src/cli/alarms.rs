//! `hemostation alarms`: the alarm table, for a site's manual and training; and the alarm log.
//!
//! Owns: their layout. Refuses: words of its own (every one is from the table that the terminal shows), and writing: the log
//! is read beside a running daemon. Holds no state.

use super::{Done, Failure, print, print_json};
use clap::{Args, ValueEnum};
use controller::books::ReadBooks;
use controller::state_dir::StateDir;
use serde::Serialize;
use station::api::LoggedAlarm;
use station::ident::isbt128::LocalDateTime;
use station::measure::Wall;
use station::procedure::alarm::{AlarmCode, AlarmRow, Priority, Words};
use std::path::{Path, PathBuf};

/// Print what each alarm means, what to do first and what the station does by itself; or the log of alarms
///
/// The words are those of the terminal.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation alarms --lang zh\n  \
    hemostation alarms --log --state /var/lib/hemostation\n  \
    hemostation alarms --json | jq '.[] | select(.priority == \"high\") | .first.en'")]
pub(crate) struct Alarms {
    /// The language of the words
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    /// Print the alarms that were raised, the newest first: at least the last thousand
    #[arg(long, requires = "state")]
    log: bool,
    /// The state folder, for the log
    #[arg(long, value_name = "DIR")]
    state: Option<PathBuf>,
    /// Print JSON: the table in both languages, or the log
    #[arg(long)]
    json: bool,
}

/// Languages of the station.
#[derive(Debug, Clone, Copy, ValueEnum)]
enum Lang {
    /// English
    En,
    /// Chinese
    Zh,
}

/// One row as JSON.
#[derive(Serialize)]
struct Line {
    code: AlarmCode,
    priority: Priority,
    latches: bool,
    #[serde(flatten)]
    row: &'static AlarmRow,
}

impl Alarms {
    pub(super) fn run(self) -> Done {
        if let (true, Some(state)) = (self.log, &self.state) {
            return log(state, self.json, self.lang);
        }
        let line = |code: &AlarmCode| Line {
            code: *code,
            priority: code.priority(),
            latches: code.latches(),
            row: code.row(),
        };
        let lines: Vec<Line> = AlarmCode::ALL.iter().map(line).collect();
        if self.json { print_json(&lines) } else { print(&page(&lines, self.lang)) }
    }
}

fn log(state: &Path, json: bool, lang: Lang) -> Done {
    let dir = StateDir::existing(state).map_err(Failure::usage)?;
    let books = ReadBooks::open(&dir).map_err(Failure::refused)?;
    let alarms = books.index.alarms(None, usize::MAX).map_err(Failure::refused)?;
    if json {
        return print_json(&alarms);
    }
    let mut text = String::new();
    for alarm in &alarms {
        let LoggedAlarm { number, bed, code, raised, acknowledged, ended, lasted } = alarm;
        let held = match (lasted, ended) {
            (Some(span), _) => format!("{} s", span.as_secs()),
            (None, Some(_)) => "over".to_owned(),
            (None, None) => "holds".to_owned(),
        };
        let noted = acknowledged.as_ref().map_or_else(String::new, |noted| format!("  {}", noted.by));
        let what = said(lang, &code.row().what);
        let raised = utc(*raised);
        text.push_str(&format!("{number:>6}  {raised}  bed {bed}  {} {what}  {held}{noted}\n", code.code()));
    }
    print(&text)
}

/// Calendar time, UTC: the log does not know the station's zone.
fn utc(wall: Wall) -> String {
    LocalDateTime::from_unix(wall.0.div_euclid(1000), 0).map_or_else(|_| "?".to_owned(), |t| format!("{t}Z"))
}

fn said(lang: Lang, words: &Words) -> &'static str {
    match lang {
        Lang::En => words.en,
        Lang::Zh => words.zh,
    }
}

fn page(lines: &[Line], lang: Lang) -> String {
    let said = |words: &Words| said(lang, words);
    let titles = match lang {
        Lang::En => ["first", "when", "station", "ends"],
        Lang::Zh => ["先做", "条件", "本站", "结束"],
    };
    let mut text = String::new();
    for Line { code, latches, row, .. } in lines {
        let AlarmRow { what, first, when, does, ends } = row;
        let stays = match (latches, lang) {
            (false, _) => "",
            (true, Lang::En) => "; listed until acknowledged",
            (true, Lang::Zh) => "；知晓前一直显示",
        };
        text.push_str(&format!("{} {}\n", code.code(), said(what)));
        for (title, words) in titles.iter().zip([first, when, does]) {
            text.push_str(&format!("    {title}: {}\n", said(words)));
        }
        text.push_str(&format!("    {}: {}{stays}\n", titles[3], said(ends)));
    }
    text
}
