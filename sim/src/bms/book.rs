//! What the receiving BMS has: its records, its worklist, and how it misbehaves when told to.
//!
//! Owns: the rule of idempotency: the same id and bytes are answered the same for ever, other bytes under a known id are a
//! conflict. Refuses: a record whose hash or inner id does not agree with what was announced. In memory; with a file each
//! accepted record is a line there before it is acknowledged.

use serde::Serialize;
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::OnceLock;

/// How the next answer to a record goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BmsFault {
    /// 503, nothing kept.
    Refuse,
    /// No answer at all, nothing kept.
    Silence,
    /// Kept, and acknowledged with another hash.
    WrongHash,
    /// Kept, and the connection is closed before the answer.
    LoseAnswer,
}

/// One accepted record.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Accepted {
    /// Its id.
    pub id: String,
    /// SHA-256 of its bytes, hexadecimal.
    pub sha256: String,
    /// Its bytes.
    pub body: String,
}

/// A donor of the worklist, as the station fetches it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ListedDonor {
    /// Queue number.
    pub queue: String,
    /// Name.
    pub name: String,
    /// Identity number.
    pub id_number: String,
    /// Programme, mL.
    pub programme_ml: u16,
    /// Screening passed today.
    pub screening: bool,
    /// Consent signed.
    pub consent: bool,
    /// Interval kept, not deferred.
    pub eligible: bool,
    /// DIN bound to this donor.
    pub din: Option<String>,
    /// The last donation: its day, and what was given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_donation: Option<Last>,
    /// The volume approved today, mL.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub approved_ml: Option<u16>,
    /// The group with which the donor comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group: Option<String>,
    /// Name of the registration.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub registration: Option<String>,
    /// What the donor's card and certificate say.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
}

/// A donor's last donation as a BMS tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Last {
    /// `YYYY-MM-DD`.
    pub date: String,
    /// `whole_blood` or `apheresis`.
    pub kind: &'static str,
}

/// How questions about donors are answered from now on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AskFault {
    /// As they should be.
    #[default]
    None,
    /// 503.
    Refuse,
    /// No answer at all.
    Silence,
    /// About somebody else.
    OtherDonor,
    /// Everybody is deferred.
    Defer,
}

/// What to answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Status and JSON body.
    Answer(u16, String),
    /// Nothing, and keep the connection open.
    Silence,
    /// Nothing, and close the connection.
    Close,
}

/// The books of the BMS.
#[derive(Debug, Default)]
pub struct Book {
    records: BTreeMap<String, Accepted>,
    /// Ids that were answered with their own id and hash.
    echoed: BTreeSet<String>,
    order: Vec<String>,
    worklist: Vec<ListedDonor>,
    /// The same as it is sent, from the first time on.
    list: OnceLock<String>,
    faults: VecDeque<BmsFault>,
    ask_fault: AskFault,
    /// Who may not give today, by queue number or identity number, and why.
    deferred: BTreeMap<String, (&'static str, Option<Last>)>,
    asked: u64,
    posts: u64,
    file: Option<File>,
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// What a record leaves out of its typed labels: how many they were, or one of the two people of whose word each is.
fn untold(record: &serde_json::Value) -> Option<&'static str> {
    let len = |field: &str| record[field].as_array().map_or(0, Vec::len);
    let counted = record["typed_labels"].as_u64().unwrap_or(0);
    if counted == 0 && len("typed") > 0 {
        return Some("fields are typed and no label is");
    }
    (counted > 0 && len("operators") < 2).then_some("a typed label is the word of two people")
}

fn problem(status: u16, why: &str) -> Verdict {
    Verdict::Answer(status, serde_json::json!({ "error": why }).to_string())
}

impl Book {
    /// An empty book with this worklist.
    pub fn new(worklist: Vec<ListedDonor>) -> Self {
        Self { worklist, ..Self::default() }
    }

    /// Keeps every accepted record as a line of this file too.
    ///
    /// # Errors
    /// What the system says.
    pub fn keep_in(&mut self, path: &Path) -> io::Result<()> {
        self.file = Some(File::options().create(true).append(true).open(path)?);
        Ok(())
    }

    /// The next posts go wrong like this, one each.
    pub fn misbehave(&mut self, faults: impl IntoIterator<Item = BmsFault>) {
        self.faults.extend(faults);
    }

    /// No post goes wrong any more.
    pub fn forgive(&mut self) {
        self.faults.clear();
        self.ask_fault = AskFault::None;
    }

    /// Questions about donors go wrong like this from now on.
    pub fn misanswer(&mut self, fault: AskFault) {
        self.ask_fault = fault;
    }

    /// Begins to go wrong like this, or answers rightly again.
    pub fn toggle_misanswer(&mut self, fault: AskFault) {
        self.ask_fault = if self.ask_fault == fault { AskFault::None } else { fault };
    }

    /// This donor (queue number or identity number) may not give today: `deferred`, `interval` or `elsewhere_today`.
    pub fn defer(&mut self, who: &str, why: &'static str, last: Option<Last>) {
        self.deferred.insert(who.to_owned(), (why, last));
    }

    /// Questions so far.
    pub fn asked(&self) -> u64 {
        self.asked
    }

    /// Answers a question about a donor.
    pub fn eligibility(&mut self, body: &[u8]) -> Verdict {
        self.asked += 1;
        let question: serde_json::Value = match serde_json::from_slice(body) {
            Ok(question) => question,
            Err(_) => return problem(400, "not JSON"),
        };
        let text = |key: &str| question.get(key).and_then(serde_json::Value::as_str);
        let Some(donor) = text("donor") else { return problem(422, "no donor") };
        let donor = match self.ask_fault {
            AskFault::Refuse => return problem(503, "told to refuse"),
            AskFault::Silence => return Verdict::Silence,
            AskFault::OtherDonor => "somebody else",
            AskFault::None | AskFault::Defer => donor,
        };
        let known = ["queue", "registration", "id_number", "code"].into_iter().filter_map(text);
        let against = known.filter_map(|who| self.deferred.get(who)).next();
        let all = (self.ask_fault == AskFault::Defer).then_some(("deferred", None));
        let answer = match against.cloned().or(all) {
            Some((why, last)) => {
                serde_json::json!({ "donor": donor, "eligible": false, "why": why, "last_donation": last })
            }
            None => serde_json::json!({ "donor": donor, "eligible": true }),
        };
        Verdict::Answer(200, answer.to_string())
    }

    /// Accepted records in the order of their first acceptance.
    pub fn accepted(&self) -> impl Iterator<Item = &Accepted> {
        self.order.iter().filter_map(|id| self.records.get(id))
    }

    /// Whether this id was ever answered with itself and the hash that was kept.
    pub fn has_echoed(&self, id: &str) -> bool {
        self.echoed.contains(id)
    }

    /// Posts so far, repeated ones included.
    pub fn posts(&self) -> u64 {
        self.posts
    }

    /// Changes the worklist.
    pub fn set_worklist(&mut self, worklist: Vec<ListedDonor>) {
        self.worklist = worklist;
        self.list = OnceLock::new();
    }

    /// The worklist as JSON.
    pub fn worklist_json(&self) -> &str {
        self.list.get_or_init(|| serde_json::json!({ "items": self.worklist }).to_string())
    }

    /// All ids and hashes as JSON.
    pub fn records_json(&self) -> String {
        let all: Vec<_> =
            self.accepted().map(|a| serde_json::json!({ "id": a.id, "sha256": a.sha256 })).collect();
        serde_json::json!({ "records": all }).to_string()
    }

    /// Takes a posted record: what was announced in the headers, and the bytes.
    pub fn post(&mut self, id: Option<&str>, announced: Option<&str>, body: &[u8]) -> Verdict {
        self.posts += 1;
        let fault = self.faults.pop_front();
        match fault {
            Some(BmsFault::Refuse) => return problem(503, "told to refuse"),
            Some(BmsFault::Silence) => return Verdict::Silence,
            Some(BmsFault::WrongHash | BmsFault::LoseAnswer) | None => {}
        }
        let (Some(id), Some(announced)) = (id, announced) else {
            return problem(400, "Idempotency-Key and X-Content-SHA256 are needed");
        };
        let sha256 = hex(&Sha256::digest(body));
        if sha256 != announced {
            return problem(422, "the hash is not that of the body");
        }
        let Ok(text) = std::str::from_utf8(body) else { return problem(400, "not UTF-8") };
        match serde_json::from_str::<serde_json::Value>(text) {
            Ok(json) if json.get("id").and_then(|inner| inner.as_str()) == Some(id) => {
                if let Some(why) = untold(&json["record"]) {
                    return problem(422, why);
                }
            }
            Ok(_) => return problem(422, "the id in the body is another one"),
            Err(_) => return problem(400, "not JSON"),
        }
        let known = self.records.get(id).map(|known| known.sha256 == sha256);
        let status = match known {
            Some(true) => 200,
            Some(false) => return problem(409, "other bytes were accepted under this id"),
            None => {
                let record = Accepted { id: id.to_owned(), sha256: sha256.clone(), body: text.to_owned() };
                if self.write(&record).is_err() {
                    return problem(503, "the record could not be kept");
                }
                self.order.push(id.to_owned());
                self.records.insert(id.to_owned(), record);
                201
            }
        };
        let echoed = if fault == Some(BmsFault::WrongHash) { "0".repeat(64) } else { sha256 };
        if fault == Some(BmsFault::LoseAnswer) {
            return Verdict::Close;
        }
        if fault.is_none() {
            self.echoed.insert(id.to_owned());
        }
        Verdict::Answer(status, serde_json::json!({ "id": id, "sha256": echoed }).to_string())
    }

    fn write(&mut self, record: &Accepted) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let line = serde_json::to_string(record).map_err(io::Error::other)?;
        writeln!(file, "{line}")?;
        file.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BODY: &[u8] = br#"{"id":"S1/7/1","volume":400}"#;

    fn sha(body: &[u8]) -> String {
        hex(&Sha256::digest(body))
    }

    fn post(book: &mut Book, body: &[u8]) -> Verdict {
        book.post(Some("S1/7/1"), Some(&sha(body)), body)
    }

    #[test]
    fn the_same_record_twice_is_kept_once_and_other_bytes_are_a_conflict() {
        let mut book = Book::default();
        let ack = format!(r#"{{"id":"S1/7/1","sha256":"{}"}}"#, sha(BODY));
        assert_eq!(post(&mut book, BODY), Verdict::Answer(201, ack.clone()));
        assert_eq!(post(&mut book, BODY), Verdict::Answer(200, ack));
        let other = br#"{"id":"S1/7/1","volume":401}"#;
        assert!(matches!(post(&mut book, other), Verdict::Answer(409, _)));
        assert_eq!(book.accepted().count(), 1);
        assert_eq!(book.accepted().next().unwrap().body.as_bytes(), BODY);
    }

    #[test]
    fn a_record_that_is_not_what_was_announced_is_refused() {
        let mut book = Book::default();
        let wrong_hash = book.post(Some("S1/7/1"), Some(&sha(b"x")), BODY);
        assert!(matches!(wrong_hash, Verdict::Answer(422, _)));
        let wrong_id = book.post(Some("S1/8/1"), Some(&sha(BODY)), BODY);
        assert!(matches!(wrong_id, Verdict::Answer(422, _)));
        assert!(matches!(book.post(None, Some(&sha(BODY)), BODY), Verdict::Answer(400, _)));
        assert!(matches!(book.post(Some("a"), Some(&sha(b"no")), b"no"), Verdict::Answer(400, _)));
        assert_eq!(book.accepted().count(), 0);
    }

    #[test]
    fn a_typed_label_is_counted_and_the_word_of_two() {
        for (fields, labels, people, status) in [("[]", 0, r#"["a"]"#, 201), ("[]", 1, r#"["a"]"#, 422)]
            .into_iter()
            .chain([("[1]", 0, r#"["a","b"]"#, 422), ("[1]", 1, r#"["a","b"]"#, 201)])
        {
            let record = format!(r#"{{"typed":{fields},"typed_labels":{labels},"operators":{people}}}"#);
            let body = format!(r#"{{"id":"S1/7/1","record":{record}}}"#);
            let verdict = post(&mut Book::default(), body.as_bytes());
            assert!(matches!(verdict, Verdict::Answer(found, _) if found == status), "{body}: {verdict:?}");
        }
    }

    #[test]
    fn a_lost_answer_leaves_a_kept_record_and_a_refusal_leaves_none() {
        let mut book = Book::default();
        book.misbehave([BmsFault::Refuse, BmsFault::Silence, BmsFault::LoseAnswer, BmsFault::WrongHash]);
        assert!(matches!(post(&mut book, BODY), Verdict::Answer(503, _)));
        assert_eq!(post(&mut book, BODY), Verdict::Silence);
        assert_eq!(book.accepted().count(), 0);
        assert_eq!(post(&mut book, BODY), Verdict::Close);
        assert!(!book.has_echoed("S1/7/1"));
        let Verdict::Answer(200, wrong) = post(&mut book, BODY) else { panic!("not answered") };
        assert!(wrong.contains(&"0".repeat(64)));
        assert_eq!((book.accepted().count(), book.posts()), (1, 4));
    }
}
