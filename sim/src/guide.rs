//! The guide: the procedure sentence by sentence, and how each can be seen in the demonstration.
//!
//! Owns: reading `station/PROCEDURE.md`, which is built in. Refuses: a text of its own: what stands there is what is shown.
//! Holds no state.

use tui::words::Language;

const PROCEDURE: &str = include_str!("../../station/PROCEDURE.md");

/// One sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sentence {
    /// Its number, e.g. `4.3`.
    pub number: String,
    /// What it says, in English and in Chinese.
    pub says: [String; 2],
    /// How to see it, in English and in Chinese; empty where nobody has said so yet.
    pub how: [String; 2],
}

/// Every sentence, in order.
pub fn sentences() -> Vec<Sentence> {
    let mut all: Vec<Sentence> = Vec::new();
    for line in PROCEDURE.lines() {
        if let Some((number, says)) = line.strip_prefix("### ").and_then(|rest| rest.split_once(' ')) {
            let says = [says.to_owned(), String::new()];
            all.push(Sentence { number: number.to_owned(), says, how: Default::default() });
            continue;
        }
        let Some(sentence) = all.last_mut() else { continue };
        if let Some(how) = line.strip_prefix("- demo:") {
            sentence.how[0] = how.trim().to_owned();
        } else if let Some(how) = line.strip_prefix("- 演示：") {
            sentence.how[1] = how.trim().to_owned();
        } else if sentence.says[1].is_empty() {
            sentence.says[1] = line.trim().to_owned();
        }
    }
    all
}

/// The guide's lines: a sentence, then how to see it.
pub fn lines(language: Language) -> Vec<String> {
    let (at, arrow) = match language {
        Language::En => (0, "   -> "),
        Language::Zh => (1, "   → "),
    };
    let lines = |s: Sentence| [format!("{} {}", s.number, s.says[at]), format!("{arrow}{}", s.how[at])];
    sentences().into_iter().flat_map(lines).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_sentence_is_there_in_both_languages() {
        let all = sentences();
        assert!(all.len() > 80, "{}", all.len());
        for sentence in &all {
            assert!(
                sentence.says[0].is_ascii()
                    || sentence.says[0].contains(['更', '待', '复', '±', '放', '补', '偏']),
                "{sentence:?}"
            );
            assert!(!sentence.says[1].is_empty() && !sentence.says[1].is_ascii(), "{sentence:?}");
        }
    }
}
