//! A code in words: what a scanner sent or a person typed, field by field, or why it is refused.
//!
//! Owns: the answer of the command `hemostation decode`. Refuses: showing what names a person. A resident number comes out
//! masked and the content of personal structures is left out, so that an explanation can be pasted into a report.

use super::isbt128::message::{self, Form, Found};
use super::isbt128::{Din, DinFlag, DinLabel, Structure, table};
use super::resident_id::ResidentId;
use super::scan::{self, Scanned};
use serde::Serialize;
use std::fmt;

/// What kind of code a text is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ExplainedKind {
    /// One ISBT 128 structure.
    Isbt128,
    /// Several ISBT 128 structures back to back.
    Isbt128Concatenated,
    /// An ISBT 128 compound message.
    Isbt128Compound,
    /// A DIN as typed from a label, with its check character.
    TypedDin,
    /// A DIN without its identifier, as some systems store it.
    BareDin,
    /// A Chinese resident identity number.
    ResidentId,
    /// One of the station's own barcodes.
    StationBarcode,
    /// None of these.
    Unknown,
}

/// A code in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Explanation {
    /// Whether it is valid.
    pub ok: bool,
    /// What it is, or, when refused, what it looks like.
    pub kind: ExplainedKind,
    /// What it holds, in order. Empty when refused.
    pub structures: Vec<ExplainedStructure>,
    /// Why it is refused.
    pub error: Option<String>,
}

/// One structure in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ExplainedStructure {
    /// Number of the structure, or the name of the scheme.
    pub code: String,
    /// Its data identifier, empty where there is none.
    pub identifier: String,
    /// What it is.
    pub name: String,
    /// Its content; left out or masked when it names a person.
    pub content: String,
    /// Its parts: name and value.
    pub fields: Vec<(&'static str, String)>,
}

/// Explains a scanned or typed text. An AIM identifier before it (`]C0`) is understood and checked.
pub fn explain(text: &str) -> Explanation {
    let (aim, text) = split_aim(text.trim_matches(['\r', '\n']));
    let shape = shape(text);
    let result = match shape {
        Shape::Isbt => isbt(text, aim),
        Shape::Own => own(text),
        Shape::Resident => resident(text),
        Shape::Typed => typed(text),
        Shape::Bare => bare(text),
        Shape::Unknown => {
            Err("not a code this station knows: expected ISBT 128 (begins with = or &), a typed DIN with \
             its check character, a resident identity number, or a station barcode (HS-)"
                .to_owned())
        }
    };
    match result {
        Ok((kind, structures)) => Explanation { ok: true, kind, structures, error: None },
        Err(error) => {
            Explanation { ok: false, kind: shape.kind(), structures: Vec::new(), error: Some(error) }
        }
    }
}

/// What a text looks like, before it is known whether it is valid.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Isbt,
    Own,
    Resident,
    Typed,
    Bare,
    Unknown,
}

impl Shape {
    fn kind(self) -> ExplainedKind {
        match self {
            Self::Isbt => ExplainedKind::Isbt128,
            Self::Own => ExplainedKind::StationBarcode,
            Self::Resident => ExplainedKind::ResidentId,
            Self::Typed => ExplainedKind::TypedDin,
            Self::Bare => ExplainedKind::BareDin,
            Self::Unknown => ExplainedKind::Unknown,
        }
    }
}

type Explained = Result<(ExplainedKind, Vec<ExplainedStructure>), String>;

fn shape(text: &str) -> Shape {
    if text.starts_with(['=', '&']) {
        return Shape::Isbt;
    }
    if text.starts_with("HS-") {
        return Shape::Own;
    }
    let spaced = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, ' ' | '*'));
    let digits = text.chars().filter(char::is_ascii_digit).count();
    match text.chars().filter(|c| *c != ' ').count() {
        ResidentId::LENGTH if digits >= ResidentId::LENGTH - 1 => Shape::Resident,
        14 if spaced && digits >= 10 => Shape::Typed,
        13 | 15 if spaced && digits >= 10 => Shape::Bare,
        _ => Shape::Unknown,
    }
}

/// An AIM identifier is `]`, a letter and one more character.
fn split_aim(text: &str) -> (Option<&str>, &str) {
    match text.as_bytes() {
        [b']', letter, modifier, ..] if letter.is_ascii_alphabetic() && modifier.is_ascii_alphanumeric() => {
            let (aim, rest) = text.split_at(3);
            (Some(aim), rest)
        }
        _ => (None, text),
    }
}

fn isbt(text: &str, aim: Option<&str>) -> Explained {
    scan::classify(text, aim).map_err(|error| error.to_string())?;
    let message = message::parse(text).map_err(|error| error.to_string())?;
    let kind = match message.form {
        Form::Single => ExplainedKind::Isbt128,
        Form::Concatenated => ExplainedKind::Isbt128Concatenated,
        Form::Compound(_) => ExplainedKind::Isbt128Compound,
    };
    Ok((kind, message.found.iter().map(structure).collect()))
}

fn own(text: &str) -> Explained {
    let (name, content) = match scan::classify(text, None).map_err(|error| error.to_string())? {
        Scanned::Bed(bed) => ("bed", bed.to_string()),
        Scanned::Badge(operator) => ("badge", operator.to_string()),
        Scanned::Command(command) => ("command", command.to_string()),
        Scanned::Din(_)
        | Scanned::Product(_)
        | Scanned::Expiry(_)
        | Scanned::Container(_)
        | Scanned::Lot(_)
        | Scanned::Structures(_)
        | Scanned::Opaque { .. } => return Err("not a station barcode".to_owned()),
    };
    Ok((ExplainedKind::StationBarcode, vec![plain("HS", "HS-", name, content)]))
}

fn resident(text: &str) -> Explained {
    let id = ResidentId::new(text).map_err(|error| error.to_string())?;
    let mut explained = plain("GB 11643", "", "resident identity number", id.to_string());
    explained.fields = vec![
        ("number", id.to_string()),
        ("birth date", id.birth().to_string()),
        ("sex", id.sex().to_string()),
        ("check character", "agrees".to_owned()),
    ];
    Ok((ExplainedKind::ResidentId, vec![explained]))
}

fn typed(text: &str) -> Explained {
    let din = Din::from_typed(text).map_err(|error| error.to_string())?;
    Ok((ExplainedKind::TypedDin, vec![number(din)]))
}

fn bare(text: &str) -> Explained {
    let mut explained = if text.chars().count() == Din::LENGTH {
        number(Din::new(text).map_err(|error| error.to_string())?)
    } else {
        let label = DinLabel::from_content(text).map_err(|error| error.to_string())?;
        let mut explained = number(label.din());
        explained.content = text.to_owned();
        explained.fields.extend(flags(label));
        explained
    };
    explained.fields.push(("note", "no identifier and nothing checked: could be another code".to_owned()));
    Ok((ExplainedKind::BareDin, vec![explained]))
}

fn plain(code: &str, identifier: &str, name: &str, content: String) -> ExplainedStructure {
    ExplainedStructure {
        code: code.to_owned(),
        identifier: identifier.to_owned(),
        name: name.to_owned(),
        content,
        fields: Vec::new(),
    }
}

fn number(din: Din) -> ExplainedStructure {
    let mut explained = plain("001", "", table::DIN.name, din.to_string());
    explained.fields = vec![
        ("DIN", din.to_string()),
        ("facility", din.facility().to_owned()),
        ("year", format!("{:02}", din.year())),
        ("sequence", din.sequence().to_owned()),
        ("check character", din.check_character().to_string()),
        ("printed", din.grouped()),
    ];
    explained
}

fn flags(label: DinLabel) -> Vec<(&'static str, String)> {
    let check = label.din().check();
    let [a, b] = label.flag().characters(check);
    let checked = if label.flag() == DinFlag::Verified { "agrees" } else { "none" };
    vec![
        ("flag", format!("{a}{b}")),
        ("flag meaning", label.flag().to_string()),
        ("type 3 checksum", checked.to_owned()),
        ("type 3 flag of this DIN", check.flag().to_string()),
    ]
}

fn structure(found: &Found<'_>) -> ExplainedStructure {
    let row = found.code.and_then(table::by_code);
    let code = found.code.map_or_else(|| "national".to_owned(), |code| code.to_string());
    let name = row.map_or("national structure", |row| row.name);
    let mut explained = plain(&code, found.identifier, name, found.content.to_owned());
    explained.fields = match &found.structure {
        Structure::Din(label) => {
            let mut fields = number(label.din()).fields;
            fields.extend(flags(*label));
            fields
        }
        Structure::BloodGroup(group) => vec![
            ("group", group.group().to_owned()),
            ("meaning", group.meaning().unwrap_or("see the site's table").to_owned()),
            ("phenotype", group.phenotype().to_owned()),
        ],
        Structure::Product(product) => vec![
            ("product description", product.description().to_owned()),
            ("collection type", product.collection_type().to_owned()),
            ("division", product.division().to_owned()),
        ],
        Structure::Expiry(stamp) => vec![("until", stamp.to_string())],
        Structure::Collected(stamp) | Structure::Produced(stamp) => vec![("on", stamp.to_string())],
        Structure::Container(container) => vec![
            ("container", container.place().to_string()),
            ("maker", container.manufacturer().to_owned()),
            ("catalog number", container.catalog_unpadded().to_owned()),
        ],
        Structure::Lot(lot) => vec![("lot", lot.unpadded().to_owned())],
        Structure::Staff(staff) => {
            vec![("facility", staff.facility().to_owned()), ("number", staff.number().to_owned())]
        }
        Structure::Personal { length, .. } | Structure::National { length, .. } => {
            explained.content = "(not shown)".to_owned();
            vec![("length", length.to_string())]
        }
        Structure::Other(_) => Vec::new(),
    };
    explained
}

impl fmt::Display for ExplainedKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Isbt128 => "ISBT 128",
            Self::Isbt128Concatenated => "ISBT 128, concatenated",
            Self::Isbt128Compound => "ISBT 128, compound message",
            Self::TypedDin => "DIN typed from a label",
            Self::BareDin => "DIN without identifier",
            Self::ResidentId => "resident identity number",
            Self::StationBarcode => "station barcode",
            Self::Unknown => "unknown",
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind, if self.ok { "valid" } else { "refused" })?;
        if let Some(error) = &self.error {
            write!(f, "\n  {error}")?;
        }
        for part in &self.structures {
            write!(f, "\n  {} {} {}{}", part.code, part.name, part.identifier, part.content)?;
            for (name, value) in &part.fields {
                write!(f, "\n      {name:<24} {value}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn field<'a>(explanation: &'a Explanation, name: &str) -> &'a str {
        let fields = &explanation.structures[0].fields;
        fields.iter().find(|(found, _)| *found == name).map(|(_, value)| value.as_str()).unwrap()
    }

    #[test]
    fn a_label_in_words() {
        let text = explain("]C0=G12341765432170\r").to_string();
        assert_eq!(
            text,
            "ISBT 128: valid\n  \
             001 donation identification number =G12341765432170\n      \
             DIN                      G123417654321\n      \
             facility                 G1234\n      \
             year                     17\n      \
             sequence                 654321\n      \
             check character          A\n      \
             printed                  G1234 17 654321 A\n      \
             flag                     70\n      \
             flag meaning             type 3, checksum verified\n      \
             type 3 checksum          agrees\n      \
             type 3 flag of this DIN  70"
        );
        let tube = explain("=A99992112345607");
        assert_eq!(field(&tube, "flag meaning"), "test tube");
        assert_eq!(field(&tube, "type 3 flag of this DIN"), "63");
    }

    #[test]
    fn everything_in_a_symbol_is_explained() {
        let pair = explain("=)1XX0027QzE&)00001234rZ");
        assert_eq!(
            (pair.ok, pair.kind, pair.structures.len()),
            (true, ExplainedKind::Isbt128Concatenated, 2)
        );
        assert_eq!(field(&pair, "container"), "primary bag");
        let compound = explain("=+04000=/A9997XYZ100T0479=A99991712345600=,000012=>019031");
        let codes: Vec<&str> = compound.structures.iter().map(|part| part.code.as_str()).collect();
        assert_eq!(
            (compound.kind, codes),
            (ExplainedKind::Isbt128Compound, vec!["034", "001", "032", "004"])
        );
        assert_eq!(field(&explain("=%6200"), "meaning"), "A RhD positive");
        assert_eq!(field(&explain("&>0183652359"), "until"), "2018-12-31T23:59");
    }

    #[test]
    fn persons_are_masked() {
        let id = explain("11010519491231002X");
        assert_eq!((id.ok, id.kind), (true, ExplainedKind::ResidentId));
        assert_eq!(field(&id, "number"), "110105********002X");
        assert_eq!((field(&id, "birth date"), field(&id, "sex")), ("1949-12-31", "female"));
        let donor = explain("=;A99990000222244445555");
        let json = serde_json::to_string(&donor).unwrap();
        assert!(donor.ok && !json.contains("22224444"), "{json}");
        let wrong = explain("110105194912310021");
        assert_eq!((wrong.ok, wrong.kind), (false, ExplainedKind::ResidentId));
        assert!(!wrong.to_string().contains("19491231"));
    }

    #[test]
    fn typed_and_bare_numbers() {
        let typed = explain("G1234 17 654321 A");
        assert_eq!(
            (typed.ok, typed.kind, field(&typed, "DIN")),
            (true, ExplainedKind::TypedDin, "G123417654321")
        );
        let wrong = explain("G1234 17 654321 B");
        assert_eq!((wrong.ok, wrong.kind), (false, ExplainedKind::TypedDin));
        assert!(wrong.error.unwrap().contains("check character 'B' does not agree"));
        assert_eq!(field(&explain("A999922012346"), "check character"), "*");
        assert_eq!(field(&explain("123456789012345"), "flag meaning"), "defined locally (45)");
        let letters = explain("ABCDE27000069");
        assert!(!letters.ok);
    }

    #[test]
    fn refusals_say_why() {
        for (text, part) in [
            ("=G12341765432171", "checksum flag 71 does not agree with the number: expected 70"),
            ("=A9O991712345600", "character 'O' at position 3"),
            ("]A0=G12341765432170", "Code 39"),
            ("HS-BED-9", "HS-BED-1 to HS-BED-8"),
            ("GARBAGE", "not a code this station knows"),
            ("", "not a code this station knows"),
        ] {
            let refused = explain(text);
            let error = refused.error.unwrap();
            assert!(!refused.ok && refused.structures.is_empty() && error.contains(part), "{text}: {error}");
        }
        assert!(explain("HS-CMD-NEEDLE-OUT").ok);
    }

    #[test]
    fn the_json_form_stays() {
        assert_eq!(
            serde_json::to_string(&explain("&)00001234rZ")).unwrap(),
            r#"{"ok":true,"kind":"isbt128","structures":[{"code":"018","identifier":"&)","name":"container lot","content":"00001234rZ","fields":[["lot","1234rZ"]]}],"error":null}"#
        );
    }

    proptest! {
        #![proptest_config(crate::ident::proptest_config())]

        #[test]
        fn every_text_has_an_explanation(text in "(\\][A-Za-z][0-9])?(=|&|HS-)?\\PC{0,40}") {
            let explanation = explain(&text);
            prop_assert_eq!(explanation.ok, explanation.error.is_none());
            prop_assert_eq!(explanation.ok, !explanation.structures.is_empty());
            prop_assert!(!explanation.to_string().is_empty());
        }
    }
}
