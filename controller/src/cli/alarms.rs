//! `hemostation alarms`: the alarm table, for a site's manual and training.
//!
//! Owns: the table's layout. Refuses: words of its own: every one is from the table that the terminal shows. Holds no state.

use super::{Done, print, print_json};
use clap::{Args, ValueEnum};
use serde::Serialize;
use station::procedure::alarm::{AlarmCode, AlarmRow, Priority, Words};

/// Print the alarm table: what each alarm means, what to do first, what the station does by itself
///
/// The words are those of the terminal.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    hemostation alarms --lang zh\n  \
    hemostation alarms --json | jq '.[] | select(.priority == \"high\") | .first.en'")]
pub(crate) struct Alarms {
    /// The language of the words
    #[arg(long, value_enum, default_value_t = Lang::En)]
    lang: Lang,
    /// Print the table as JSON, in both languages
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

fn page(lines: &[Line], lang: Lang) -> String {
    let said = |words: &Words| match lang {
        Lang::En => words.en,
        Lang::Zh => words.zh,
    };
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
