//! The text block of an identity card: 256 bytes of UTF-16, little endian, to an [`IdCard`] and back.
//!
//! Owns: the layouts of the four kinds of card, and what has to agree on one card (check character, birth, sex).
//! Refuses: guessing: a card that contradicts itself is not a card. Address, nation and office are not even decoded:
//! the station does not need them. No error says what a card holds. Holds no state.
//!
//! ```text
//!   layout, in characters      name   sex    birth    number   valid to   kind (character 124)
//!   citizen                    0+15   15+1   18+8     61+18    102+8      blank or 0
//!   Hong Kong, Macao, Taiwan   0+15   15+1   18+8     61+18    102+8      J
//!   foreigner, 2023            0+15   15+1   18+8     61+18    102+8      Y   (name in Latin letters 26+35)
//!   foreigner, before 2023     94+15  60+1   110+8    61+15    102+8      I   (name in Latin letters 0+60)
//! ```

use super::codec::TEXT;
use crate::driver::{IdCard, IdCardKind, Sex};
use station::ident::{self, LocalDate, ResidentId, ResidentIdError};
use std::ops::Range;
use zeroize::Zeroizing;

/// Characters of the block.
const CHARACTERS: usize = TEXT / 2;
const KIND: usize = 124;
const VALID_FROM: Range<usize> = 94..102;
const VALID_TO: Range<usize> = 102..110;
/// 长期: valid for life.
const FOR_LIFE: &str = "\u{957f}\u{671f}";

/// Where the fields of one kind of card are.
struct Layout {
    name: Range<usize>,
    /// Taken when the first name is blank.
    latin_name: Range<usize>,
    sex: usize,
    birth: Range<usize>,
    number: Range<usize>,
}

impl Layout {
    fn of(kind: IdCardKind) -> Self {
        match kind {
            IdCardKind::Citizen | IdCardKind::HkMacaoTaiwan => {
                Self { name: 0..15, latin_name: 0..0, sex: 15, birth: 18..26, number: 61..79 }
            }
            IdCardKind::Foreigner2023 => {
                Self { name: 0..15, latin_name: 26..61, sex: 15, birth: 18..26, number: 61..79 }
            }
            IdCardKind::Foreigner => {
                Self { name: 79..94, latin_name: 0..60, sex: 60, birth: 110..118, number: 61..76 }
            }
        }
    }
}

/// Why a text block is not a card that can be trusted. Holds nothing of what the card says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Not 256 bytes.
    #[error("card: wrong length")]
    Length,
    /// A field is not text.
    #[error("card: damaged text")]
    NotText,
    /// A kind of card that is not known here.
    #[error("card: unknown kind")]
    Kind,
    /// No name.
    #[error("card: no name")]
    Name,
    /// The number is not one.
    #[error("card: number is wrong")]
    Number(#[from] ResidentIdError),
    /// The number of a foreigner's card is not three letters and twelve digits.
    #[error("card: number is wrong")]
    ForeignNumber,
    /// The birth date does not exist.
    #[error("card: birth date is wrong")]
    Birth,
    /// The birth date is not the one in the number.
    #[error("card: birth date contradicts")]
    BirthDisagrees,
    /// The sex is none of the four codes.
    #[error("card: sex is wrong")]
    Sex,
    /// The sex is not the one in the number.
    #[error("card: sex contradicts")]
    SexDisagrees,
    /// The last valid day does not exist.
    #[error("card: last day is wrong")]
    ValidTo,
}

/// Reads a text block.
///
/// # Errors
/// [`TextError`] with the first reason found.
pub fn decode(text: &[u8]) -> Result<IdCard, TextError> {
    if text.len() != TEXT {
        return Err(TextError::Length);
    }
    let units: Vec<u16> = text.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
    let units = Zeroizing::new(units);
    let kind = match char::from_u32(u32::from(units[KIND])) {
        Some(' ' | '0' | '\0') => IdCardKind::Citizen,
        Some('J') => IdCardKind::HkMacaoTaiwan,
        Some('I') => IdCardKind::Foreigner,
        Some('Y') => IdCardKind::Foreigner2023,
        Some(_) | None => return Err(TextError::Kind),
    };
    let layout = Layout::of(kind);
    let name = [layout.name, layout.latin_name]
        .into_iter()
        .map(|at| field(&units[at]))
        .find(|name| name.as_ref().is_ok_and(|name| !name.is_empty()) || name.is_err())
        .unwrap_or(Err(TextError::Name))?;
    let birth = field(&units[layout.birth])?;
    let birth_date = date(&birth).ok_or(TextError::Birth)?;
    let sex = match char::from_u32(u32::from(units[layout.sex])) {
        Some('1') => Some(Sex::Male),
        Some('2') => Some(Sex::Female),
        Some('0' | '9') => None,
        Some(_) | None => return Err(TextError::Sex),
    };
    let number = field(&units[layout.number])?;
    let number = match kind {
        IdCardKind::Citizen | IdCardKind::HkMacaoTaiwan | IdCardKind::Foreigner2023 => {
            agreed_number(&number, birth_date, sex)?
        }
        IdCardKind::Foreigner => foreign_number(number)?,
    };
    let valid_to = field(&units[VALID_TO])?;
    let valid_to = match valid_to.as_str() {
        FOR_LIFE => None,
        day => Some(date(day).map(|_| day.to_owned()).ok_or(TextError::ValidTo)?),
    };
    Ok(IdCard { kind, name, number, sex, birth, valid_to })
}

/// The number's own check character, birth date and sex have to be those of the card.
fn agreed_number(number: &str, birth: LocalDate, sex: Option<Sex>) -> Result<String, TextError> {
    let number = ResidentId::new(number)?;
    if number.birth() != birth {
        return Err(TextError::BirthDisagrees);
    }
    let by_number = match number.sex() {
        ident::Sex::Male => Sex::Male,
        ident::Sex::Female => Sex::Female,
    };
    if sex.is_some_and(|sex| sex != by_number) {
        return Err(TextError::SexDisagrees);
    }
    Ok(number.expose().iter().map(|byte| char::from(*byte)).collect())
}

fn foreign_number(number: String) -> Result<String, TextError> {
    let (letters, digits) = number.split_at_checked(3).ok_or(TextError::ForeignNumber)?;
    let is_one = letters.bytes().all(|b| b.is_ascii_uppercase())
        && digits.len() == 12
        && digits.bytes().all(|b| b.is_ascii_digit());
    if is_one { Ok(number) } else { Err(TextError::ForeignNumber) }
}

/// A field without its padding.
fn field(units: &[u16]) -> Result<String, TextError> {
    let decoded: Result<String, _> = char::decode_utf16(units.iter().copied()).collect();
    let decoded = Zeroizing::new(decoded.map_err(|_| TextError::NotText)?);
    let text = decoded.trim_matches([' ', '\0']);
    if text.chars().any(char::is_control) { Err(TextError::NotText) } else { Ok(text.to_owned()) }
}

/// A day written `YYYYMMDD`.
fn date(text: &str) -> Option<LocalDate> {
    if text.len() != 8 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let year = text.get(..4)?.parse().ok()?;
    LocalDate::new(year, text.get(4..6)?.parse().ok()?, text.get(6..)?.parse().ok()?).ok()
}

/// The text block of a card, as a simulated reader gives it. What does not fit its field is cut; fields that
/// [`IdCard`] has not are filled with words that name a simulation.
pub fn encode(card: &IdCard) -> [u8; TEXT] {
    let mut units = [u16::from(b' '); CHARACTERS];
    let mut put = |at: Range<usize>, text: &str| {
        for (slot, unit) in units[at].iter_mut().zip(text.encode_utf16()) {
            *slot = unit;
        }
    };
    let layout = Layout::of(card.kind);
    let kind = match card.kind {
        IdCardKind::Citizen => " ",
        IdCardKind::HkMacaoTaiwan => "J",
        IdCardKind::Foreigner => "I",
        IdCardKind::Foreigner2023 => "Y",
    };
    let sex = match card.sex {
        Some(Sex::Male) => "1",
        Some(Sex::Female) => "2",
        None => "0",
    };
    match card.kind {
        IdCardKind::Citizen | IdCardKind::HkMacaoTaiwan => {
            put(16..18, "01");
            put(26..61, "\u{6a21}\u{62df}\u{5730}\u{5740}"); // 模拟地址: simulated address
            put(79..94, "\u{6a21}\u{62df}"); // 模拟: simulated
        }
        IdCardKind::Foreigner2023 | IdCardKind::Foreigner => put(layout.latin_name.clone(), "SIMULATED"),
    }
    put(layout.name.clone(), &card.name);
    put(layout.sex..layout.sex + 1, sex);
    put(layout.birth.clone(), &card.birth);
    put(layout.number.clone(), &card.number);
    put(VALID_FROM, "20200101");
    put(VALID_TO, card.valid_to.as_deref().unwrap_or(FOR_LIFE));
    put(KIND..KIND + 1, kind);
    let mut bytes = [0; TEXT];
    for (pair, unit) in bytes.chunks_exact_mut(2).zip(units) {
        pair.copy_from_slice(&unit.to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A block written by the byte offsets of the reader's manual, apart from the code above.
    fn block(fields: &[(usize, &str)]) -> Vec<u8> {
        let mut bytes = [0x20, 0x00].repeat(128);
        for (offset, text) in fields {
            let utf16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            bytes[*offset..offset + utf16.len()].copy_from_slice(&utf16);
        }
        bytes
    }

    const CITIZEN: [(usize, &str); 9] = [
        (0, "王小明"),
        (30, "1"),
        (32, "01"),
        (36, "19900101"),
        (52, "北京市东城区"),
        (122, "110101199001011237"),
        (158, "北京市公安局"),
        (188, "20200102"),
        (204, "20400102"),
    ];

    fn changed(offset: usize, text: &'static str) -> Result<IdCard, TextError> {
        let mut fields = CITIZEN.to_vec();
        fields.push((offset, text));
        decode(&block(&fields))
    }

    fn citizen() -> IdCard {
        IdCard {
            kind: IdCardKind::Citizen,
            name: "王小明".to_owned(),
            number: "110101199001011237".to_owned(),
            sex: Some(Sex::Male),
            birth: "19900101".to_owned(),
            valid_to: Some("20400102".to_owned()),
        }
    }

    #[test]
    fn each_kind_of_card_is_read_by_its_own_layout() {
        assert!(decode(&block(&CITIZEN)) == Ok(citizen()));
        let permit = IdCard { kind: IdCardKind::HkMacaoTaiwan, ..citizen() };
        assert!(changed(248, "J") == Ok(permit));
        let latin = "MULLER, ANNA";
        let foreigner = decode(&block(&[
            (0, latin),
            (120, "2"),
            (122, "DEU110085010112"),
            (152, "DEU"),
            (158, "安娜"),
            (188, "20150101"),
            (204, "20250101"),
            (220, "19850101"),
            (248, "I"),
        ]));
        let expected = IdCard {
            kind: IdCardKind::Foreigner,
            name: "安娜".to_owned(),
            number: "DEU110085010112".to_owned(),
            sex: Some(Sex::Female),
            birth: "19850101".to_owned(),
            valid_to: Some("20250101".to_owned()),
        };
        assert!(foreigner == Ok(expected));
        let new = decode(&block(&[
            (30, "1"),
            (36, "19900101"),
            (52, latin),
            (122, "110101199001011237"),
            (188, "20240101"),
            (204, "20340101"),
            (248, "Y"),
        ]));
        assert!(new.is_ok_and(|card| card.kind == IdCardKind::Foreigner2023 && card.name == latin));
    }

    #[test]
    fn valid_for_life_is_no_number() {
        let card = changed(204, "长期      ").unwrap();
        assert_eq!(card.valid_to, None);
    }

    #[test]
    fn rare_and_private_characters_of_names_stay() {
        for name in ["\u{e863}某", "𠮷田𬭚"] {
            let mut bytes = block(&CITIZEN);
            bytes[..30].copy_from_slice(&block(&[(0, name)])[..30]);
            assert!(decode(&bytes).is_ok_and(|card| card.name == name));
        }
    }

    #[test]
    fn what_contradicts_itself_is_refused_with_its_reason() {
        for (offset, text, reason) in [
            (122, "110101199001011238", TextError::Number(ResidentIdError::Check)),
            (36, "19900102", TextError::BirthDisagrees),
            (36, "19900231", TextError::Birth),
            (36, "1990 101", TextError::Birth),
            (30, "2", TextError::SexDisagrees),
            (30, "3", TextError::Sex),
            (204, "20401302", TextError::ValidTo),
            (204, "        ", TextError::ValidTo),
            (0, "   ", TextError::Name),
            (0, "\u{1b}王", TextError::NotText),
            (248, "Q", TextError::Kind),
        ] {
            assert!(changed(offset, text) == Err(reason), "{reason:?}");
        }
        let mut unpaired = block(&CITIZEN);
        unpaired[..2].copy_from_slice(&0xd800_u16.to_le_bytes());
        assert!(decode(&unpaired) == Err(TextError::NotText));
        assert!(decode(&unpaired[1..]) == Err(TextError::Length));
    }

    #[test]
    fn an_unstated_sex_is_unknown() {
        for code in ["0", "9"] {
            assert!(changed(30, code).is_ok_and(|card| card.sex.is_none()));
        }
    }

    #[test]
    fn reasons_fit_a_fault_and_hold_nothing_of_the_card() {
        for reason in
            [TextError::Number(ResidentIdError::Check), TextError::BirthDisagrees, TextError::NotText]
        {
            let text = reason.to_string();
            assert!(text.is_ascii() && text.len() <= 32 && !text.contains(|c: char| c.is_ascii_digit()));
        }
    }

    #[test]
    fn a_written_card_reads_back() {
        for card in [
            citizen(),
            IdCard { valid_to: None, ..citizen() },
            IdCard { kind: IdCardKind::Foreigner2023, ..citizen() },
            IdCard { kind: IdCardKind::HkMacaoTaiwan, sex: None, ..citizen() },
            IdCard { kind: IdCardKind::Foreigner, number: "DEU110085010112".to_owned(), ..citizen() },
        ] {
            assert!(decode(&encode(&card)) == Ok(card));
        }
    }

    proptest! {
        #![proptest_config(crate::proptest_config())]

        #[test]
        fn no_block_panics_and_what_is_read_is_consistent(
            fill in prop::collection::vec(any::<u8>(), TEXT), kept in prop::collection::vec(any::<bool>(), TEXT)
        ) {
            let good = block(&CITIZEN);
            let mixed: Vec<u8> = (0..TEXT).map(|i| if kept[i] { good[i] } else { fill[i] }).collect();
            for bytes in [&fill, &mixed] {
                if let Ok(card) = decode(bytes) {
                    prop_assert!(card.kind == IdCardKind::Foreigner || ResidentId::new(&card.number).is_ok());
                }
            }
        }

        #[test]
        fn one_flipped_bit_never_gives_another_number_birth_or_sex(bit in 0_usize..TEXT * 8) {
            let mut bytes = block(&CITIZEN);
            bytes[bit / 8] ^= 1 << (bit % 8);
            if let Ok(card) = decode(&bytes) {
                prop_assert!(card.number == citizen().number && card.birth == citizen().birth);
                prop_assert!(card.sex.is_none() || card.sex == citizen().sex);
            }
        }
    }
}
