//! What a scanned text is, for the procedure: an ISBT 128 code, one of the station's own barcodes, or something unknown.
//!
//! Owns: telling them apart. Refuses: ISBT 128 content out of another symbology (a shelf label in Code 39 must not pass for a
//! bag), station barcodes that are not exactly of their form, and personal data: [`Scanned`] goes to the journal and has no
//! place for a resident number or a donor card's content. Whoever needs those takes them out of the text before.

use super::isbt128::message::{self, MessageError};
use super::isbt128::{ContainerCode, ContainerLot, Din, DinLabel, ProductCode, Stamp, Structure};
use super::names::{BedId, NameError, OperatorId};
use serde::{Deserialize, Serialize};
use std::fmt;

/// Most characters of any scan: what the largest QR symbol can hold.
pub const MAX_SCAN: usize = 4296;

/// Begins every barcode that the station prints for itself.
const OWN: &str = "HS-";

/// AIM identifiers under which ISBT 128 content may arrive: Code 128, concatenated Code 128, Data Matrix.
pub const ISBT_SYMBOLOGIES: [&str; 3] = ["]C0", "]C4", "]d1"];

/// A scan, understood. Holds no personal data.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scanned {
    /// A donation's label.
    Din(DinLabel),
    /// A product code.
    Product(ProductCode),
    /// End of use of a bag or supply.
    Expiry(Stamp),
    /// Maker and catalog number of a bag.
    Container(ContainerCode),
    /// Lot of a bag.
    Lot(ContainerLot),
    /// Any other structure, or several out of one symbol or two read together.
    Structures(Vec<Structure>),
    /// The barcode of a bed.
    Bed(BedId),
    /// A person's badge.
    Badge(OperatorId),
    /// A command barcode.
    Command(CommandCode),
    /// None of these: only its length is kept, because it may be a person's card.
    Opaque {
        /// Characters.
        len: u16,
    },
}

/// What a command barcode orders.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CommandCode {
    /// Confirm what the screen asks.
    Confirm,
    /// Close the clamp, needle stays in.
    Pause,
    /// Go on after a pause.
    Resume,
    /// Close the clamp for good.
    Clamp,
    /// Emergency stop.
    Stop,
    /// The needle is out.
    NeedleOut,
    /// Call for help.
    Help,
}

/// Why a scan was refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScanError {
    /// Nothing was scanned.
    #[error("nothing scanned")]
    Empty,
    /// More than any symbol can hold.
    #[error("{found} characters, at most {MAX_SCAN}")]
    TooLong {
        /// What was there.
        found: usize,
    },
    /// ISBT 128 content in a symbology that never carries it.
    #[error("ISBT 128 code read from {symbology} ({aim}): expected Code 128 or Data Matrix")]
    Symbology {
        /// The AIM identifier, at most three characters.
        aim: String,
        /// What it stands for.
        symbology: &'static str,
    },
    /// Begins like ISBT 128, but is not.
    #[error(transparent)]
    Isbt(#[from] MessageError),
    /// A bed barcode without a bed of this station.
    #[error("bed barcode: expected HS-BED-1 to HS-BED-{max}", max = BedId::MAX)]
    Bed,
    /// A badge without a valid operator.
    #[error("badge: {0}")]
    Badge(#[source] NameError),
    /// A command barcode with an unknown command.
    #[error(
        "command barcode: unknown command; known are CONFIRM, PAUSE, RESUME, CLAMP, STOP, NEEDLE-OUT, HELP"
    )]
    Command,
    /// A station barcode of an unknown kind.
    #[error("station barcode of an unknown kind: expected HS-BED-, HS-OP- or HS-CMD-")]
    Own,
}

impl CommandCode {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Confirm, Self::Pause, Self::Resume, Self::Clamp, Self::Stop, Self::NeedleOut, Self::Help];

    /// Its name in the barcode, behind `HS-CMD-`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Confirm => "CONFIRM",
            Self::Pause => "PAUSE",
            Self::Resume => "RESUME",
            Self::Clamp => "CLAMP",
            Self::Stop => "STOP",
            Self::NeedleOut => "NEEDLE-OUT",
            Self::Help => "HELP",
        }
    }

    /// The whole text of its barcode.
    pub fn barcode(self) -> String {
        format!("{OWN}CMD-{}", self.name())
    }
}

impl fmt::Display for CommandCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// The text of a bed's barcode.
pub fn bed_barcode(bed: BedId) -> String {
    format!("{OWN}BED-{bed}")
}

/// The text of a badge's barcode.
pub fn badge_barcode(operator: &OperatorId) -> String {
    format!("{OWN}OP-{operator}")
}

impl Scanned {
    /// Every data structure in the scan: one, all of a compound or concatenated symbol, or none.
    pub fn structures(&self) -> Vec<Structure> {
        match self {
            Self::Din(label) => vec![Structure::Din(*label)],
            Self::Product(product) => vec![Structure::Product(*product)],
            Self::Expiry(stamp) => vec![Structure::Expiry(*stamp)],
            Self::Container(container) => vec![Structure::Container(*container)],
            Self::Lot(lot) => vec![Structure::Lot(*lot)],
            Self::Structures(all) => all.clone(),
            Self::Bed(_) | Self::Badge(_) | Self::Command(_) | Self::Opaque { .. } => Vec::new(),
        }
    }

    /// What was scanned, in a word, for refusals: `DIN`, `product code`, `badge` and so on.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Din(_) => "DIN",
            Self::Product(_) => "product code",
            Self::Expiry(_) => "expiry",
            Self::Container(_) => "container",
            Self::Lot(_) => "container lot",
            Self::Structures(all) if all.len() > 1 => "several codes",
            Self::Structures(_) => "other ISBT 128 code",
            Self::Bed(_) => "bed",
            Self::Badge(_) => "badge",
            Self::Command(_) => "command",
            Self::Opaque { .. } => "unknown code",
        }
    }

    /// Every donation label in the scan.
    pub fn labels(&self) -> Vec<DinLabel> {
        self.structures()
            .into_iter()
            .filter_map(|structure| if let Structure::Din(label) = structure { Some(label) } else { None })
            .collect()
    }

    /// The donation this scan names. `None` when it names none, or more than one.
    pub fn din(&self) -> Option<Din> {
        let labels = self.labels();
        let first = labels.first()?.din();
        labels.iter().all(|label| label.din() == first).then_some(first)
    }
}

/// Says what a scanned text is. `aim` is the identifier a scanner puts before it (`]C0`), if it was set up to.
///
/// # Errors
/// [`ScanError`] for what looks like one of the known codes but is not exactly that. Anything else is [`Scanned::Opaque`].
pub fn classify(text: &str, aim: Option<&str>) -> Result<Scanned, ScanError> {
    let length = text.chars().count();
    if length == 0 {
        return Err(ScanError::Empty);
    }
    if length > MAX_SCAN {
        return Err(ScanError::TooLong { found: length });
    }
    if let Some(own) = text.strip_prefix(OWN) {
        return classify_own(own);
    }
    if !text.starts_with(['=', '&']) {
        return Ok(Scanned::Opaque { len: u16::try_from(length).unwrap_or(u16::MAX) });
    }
    if let Some(aim) = aim.filter(|aim| !ISBT_SYMBOLOGIES.contains(aim)) {
        return Err(ScanError::Symbology { aim: aim.chars().take(3).collect(), symbology: symbology(aim) });
    }
    let found = message::parse(text)?.found;
    let mut structures: Vec<Structure> = found.into_iter().map(|found| found.structure).collect();
    Ok(match structures.pop() {
        Some(only) if structures.is_empty() => single(only),
        Some(last) => {
            structures.push(last);
            Scanned::Structures(structures)
        }
        None => return Err(ScanError::Empty),
    })
}

fn single(structure: Structure) -> Scanned {
    match structure {
        Structure::Din(label) => Scanned::Din(label),
        Structure::Product(product) => Scanned::Product(product),
        Structure::Expiry(stamp) => Scanned::Expiry(stamp),
        Structure::Container(container) => Scanned::Container(container),
        Structure::Lot(lot) => Scanned::Lot(lot),
        Structure::BloodGroup(_)
        | Structure::Collected(_)
        | Structure::Produced(_)
        | Structure::Staff(_)
        | Structure::Personal { .. }
        | Structure::National { .. }
        | Structure::Other(_) => Scanned::Structures(vec![structure]),
    }
}

fn classify_own(own: &str) -> Result<Scanned, ScanError> {
    if let Some(number) = own.strip_prefix("BED-") {
        let [digit @ b'1'..=b'9'] = number.as_bytes() else { return Err(ScanError::Bed) };
        return BedId::new(digit - b'0').map(Scanned::Bed).map_err(|_| ScanError::Bed);
    }
    if let Some(operator) = own.strip_prefix("OP-") {
        return OperatorId::new(operator).map(Scanned::Badge).map_err(ScanError::Badge);
    }
    if let Some(name) = own.strip_prefix("CMD-") {
        let command = CommandCode::ALL.into_iter().find(|command| command.name() == name);
        return command.map(Scanned::Command).ok_or(ScanError::Command);
    }
    Err(ScanError::Own)
}

/// What an AIM identifier stands for.
fn symbology(aim: &str) -> &'static str {
    match aim.as_bytes() {
        [b']', b'A', ..] => "Code 39",
        [b']', b'C', b'1', ..] => "GS1-128",
        [b']', b'C', ..] => "Code 128 of another form",
        [b']', b'E', ..] => "EAN/UPC",
        [b']', b'F', ..] => "Codabar",
        [b']', b'G', ..] => "Code 93",
        [b']', b'I', ..] => "Interleaved 2 of 5",
        [b']', b'L', ..] => "PDF417",
        [b']', b'Q', ..] => "QR code",
        [b']', b'd', b'2', ..] => "GS1 Data Matrix",
        [b']', b'd', ..] => "Data Matrix of another form",
        [b']', b'e', ..] => "GS1 DataBar",
        [b']', b'z', ..] => "Aztec",
        _ => "an unknown symbology",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scanned(text: &str) -> Scanned {
        classify(text, Some("]C0")).unwrap()
    }

    #[test]
    fn each_kind_is_told_apart() {
        assert!(
            matches!(scanned("=G12341765432170"), Scanned::Din(label) if label.din().as_str() == "G123417654321")
        );
        assert!(matches!(scanned("=<E0001V00"), Scanned::Product(code) if code.description() == "E0001"));
        assert!(
            matches!(scanned("&>0183652359"), Scanned::Expiry(at) if at.to_string() == "2018-12-31T23:59")
        );
        assert!(matches!(scanned("=)1FE1234567"), Scanned::Container(code) if code.catalog() == "1234567"));
        assert!(matches!(scanned("&)00001234rZ"), Scanned::Lot(lot) if lot.unpadded() == "1234rZ"));
        assert!(matches!(scanned("=%6200"), Scanned::Structures(all) if all.len() == 1));
        assert_eq!(scanned("=%6200").kind(), "other ISBT 128 code");
        assert_eq!(scanned("=%6200=<E0001V00").kind(), "several codes");
        assert_eq!(scanned("HS-BED-8"), Scanned::Bed(BedId::new(8).unwrap()));
        assert_eq!(scanned("HS-OP-n0417"), Scanned::Badge(OperatorId::new("n0417").unwrap()));
        assert_eq!(scanned("6901234567892"), Scanned::Opaque { len: 13 });
        for command in CommandCode::ALL {
            assert_eq!(scanned(&command.barcode()), Scanned::Command(command));
        }
        assert_eq!(scanned(&bed_barcode(BedId::new(3).unwrap())), Scanned::Bed(BedId::new(3).unwrap()));
        let operator = OperatorId::new("A-7").unwrap();
        assert_eq!(scanned(&badge_barcode(&operator)), Scanned::Badge(operator));
    }

    #[test]
    fn compound_and_concatenated_symbols_count_for_all_they_hold() {
        let both = scanned("=)1FE1234567&)4R12345678");
        assert_eq!(both.structures().len(), 2);
        let compound = scanned("=+04000=/A9997XYZ100T0479=A99991712345600=,000012=>019031");
        assert_eq!(compound.structures().len(), 4);
        assert_eq!(compound.din().map(|din| din.to_string()).as_deref(), Some("A999917123456"));
        let two_labels = scanned("=A99991712345600=A99991712345607");
        assert_eq!((two_labels.labels().len(), two_labels.din().is_some()), (2, true));
        let two_donations = scanned("=A99991712345600=A99991712345700");
        assert_eq!((two_donations.labels().len(), two_donations.din()), (2, None));
    }

    #[test]
    fn personal_content_has_no_place() {
        let card = scanned("=A99991712345600=;A99990000222244445555");
        let json = serde_json::to_string(&card).unwrap();
        assert!(!json.contains("222244445555"), "{json}");
        assert_eq!(card.din().map(|din| din.to_string()).as_deref(), Some("A999917123456"));
        assert_eq!(serde_json::from_str::<Scanned>(&json).unwrap(), card);
        assert_eq!(scanned("11010519491231002X"), Scanned::Opaque { len: 18 });
    }

    #[test]
    fn another_symbology_is_refused_by_name() {
        for (aim, name) in [
            ("]A0", "Code 39"),
            ("]C1", "GS1-128"),
            ("]F0", "Codabar"),
            ("]d2", "GS1 Data Matrix"),
            ("]Q1", "QR code"),
        ] {
            let refused = classify("=G12341765432170", Some(aim));
            assert_eq!(refused, Err(ScanError::Symbology { aim: aim.to_owned(), symbology: name }));
        }
        for aim in [None, Some("]C0"), Some("]C4"), Some("]d1")] {
            assert!(classify("=G12341765432170", aim).is_ok());
        }
        assert!(classify("HS-BED-1", Some("]Q1")).is_ok());
    }

    #[test]
    fn station_barcodes_are_exact() {
        for text in ["HS-BED-0", "HS-BED-9", "HS-BED-", "HS-BED-01", "HS-BED-1 "] {
            assert_eq!(classify(text, None), Err(ScanError::Bed), "{text}");
        }
        assert!(matches!(
            classify("HS-OP-", None),
            Err(ScanError::Badge(NameError::Length { found: 0, .. }))
        ));
        assert_eq!(classify("HS-CMD-confirm", None), Err(ScanError::Command));
        assert_eq!(classify("HS-KIT-1", None), Err(ScanError::Own));
        assert_eq!(classify("", None), Err(ScanError::Empty));
        assert_eq!(classify(&"x".repeat(4297), None), Err(ScanError::TooLong { found: 4297 }));
    }

    #[test]
    fn journal_form_stays() {
        let json = |text: &str| serde_json::to_string(&scanned(text)).unwrap();
        assert_eq!(json("=A99992112345607"), r#"{"din":"=A99992112345607"}"#);
        assert_eq!(json("&>0183652359"), r#"{"expiry":"2018-12-31T23:59"}"#);
        assert_eq!(
            json("=)1FE1234567&)4R12345678"),
            r#"{"structures":[{"container":"1FE1234567"},{"lot":"4R12345678"}]}"#
        );
        assert_eq!(json("=,000012"), r#"{"structures":[{"other":"=,000012"}]}"#);
        assert_eq!(json("&ax"), r#"{"structures":[{"national":{"identifier":"a","length":1}}]}"#);
        assert_eq!(
            json("=;A99990000222244445555"),
            r#"{"structures":[{"personal":{"code":19,"length":21}}]}"#
        );
        assert_eq!(json("&;1234"), r#"{"structures":[{"personal":{"code":null,"length":4}}]}"#);
        assert_eq!(json("0123"), r#"{"opaque":{"len":4}}"#);
        assert_eq!(json("HS-BED-2"), r#"{"bed":2}"#);
        assert_eq!(json("HS-OP-n1"), r#"{"badge":"n1"}"#);
        assert_eq!(json("HS-CMD-NEEDLE-OUT"), r#"{"command":"needle_out"}"#);
    }

    proptest::proptest! {
        #![proptest_config(crate::ident::proptest_config())]

        #[test]
        fn every_scan_is_something_or_refused_and_survives_the_journal(
            text in "(=|&|=\\\\+0[1-3]000=|HS-(BED|OP|CMD)-)?[ -~]{0,30}",
            aim in proptest::option::of("\\][A-Za-z][0-9]"),
        ) {
            if let Ok(scanned) = classify(&text, aim.as_deref()) {
                let json = serde_json::to_string(&scanned).unwrap();
                proptest::prop_assert_eq!(serde_json::from_str::<Scanned>(&json).unwrap(), scanned);
            }
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,60}", aim in proptest::option::of("\\PC{0,4}")) {
            let told = classify(&text, aim.as_deref());
            proptest::prop_assert!(!text.is_empty() || told == Err(ScanError::Empty));
        }
    }
}
