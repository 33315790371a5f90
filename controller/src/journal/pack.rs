//! Packs: consecutive weight samples of one bed, journaled as one line of a raw segment.
//!
//! Owns: [`Packer`], which decides when a pack is cut, and the lines of raw segments. Refuses: mixing beds, and packs of
//! more than one second or 512 samples. Pure; a crash loses the samples not yet cut (at most one second of them), and no
//! event, timer or command of the bed can be journaled ahead of samples that came before it, as each cuts the pack first.

use super::line::Digest;
use serde::de::{Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use station::device::{Quality, WeightSample};
use station::ident::BedId;
use station::measure::{Milligrams, Mono, Span};
use std::collections::BTreeMap;
use std::fmt;

/// Longest time in one pack.
pub const PACK_SPAN: Span = Span::from_secs(1);
/// Samples of a second of a common scale.
const PACK_USUAL: usize = 32;
/// Most samples in one pack.
pub const PACK_SAMPLES: usize = 512;

/// One sample: microseconds since the one before (0 for the first), milligrams, quality code (0 stable, 1 dynamic,
/// 2 bad), and tacho phase in 1/256 of a rocking cycle, left out when unknown: at 80 samples a second that counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PackedSample(pub u64, pub Milligrams, pub QualityCode, pub Option<u8>);

impl Serialize for PackedSample {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self(delta, gross, quality, Some(tacho)) => (delta, gross, quality, tacho).serialize(serializer),
            Self(delta, gross, quality, None) => (delta, gross, quality).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for PackedSample {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(SampleVisitor)
    }
}

struct SampleVisitor;

impl<'de> Visitor<'de> for SampleVisitor {
    type Value = PackedSample;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample of three or four numbers")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut numbers: A) -> Result<PackedSample, A::Error> {
        let short = |found| A::Error::invalid_length(found, &"three or four numbers");
        let delta = numbers.next_element()?.ok_or_else(|| short(0))?;
        let gross = numbers.next_element()?.ok_or_else(|| short(1))?;
        let quality = numbers.next_element()?.ok_or_else(|| short(2))?;
        Ok(PackedSample(delta, gross, quality, numbers.next_element()?))
    }
}

/// [`Quality`] as one digit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct QualityCode(pub Quality);

/// A digit that stands for no quality.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("quality code {0} is outside 0 to 2")]
pub struct QualityCodeError(u8);

impl TryFrom<u8> for QualityCode {
    type Error = QualityCodeError;
    fn try_from(code: u8) -> Result<Self, QualityCodeError> {
        match code {
            0 => Ok(Self(Quality::Stable)),
            1 => Ok(Self(Quality::Dynamic)),
            2 => Ok(Self(Quality::Bad)),
            3..=u8::MAX => Err(QualityCodeError(code)),
        }
    }
}
impl From<QualityCode> for u8 {
    fn from(code: QualityCode) -> u8 {
        match code.0 {
            Quality::Stable => 0,
            Quality::Dynamic => 1,
            Quality::Bad => 2,
        }
    }
}

/// Consecutive samples of one bed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pack {
    /// Whose scale.
    pub bed: BedId,
    /// When the first sample arrived.
    pub mono: Mono,
    /// 1, or `n` when only every n-th sample was kept because the journal could not keep up.
    pub every: u32,
    /// The samples.
    pub samples: Vec<PackedSample>,
}

impl Pack {
    /// The samples with the instants at which they arrived.
    pub fn samples(&self) -> impl Iterator<Item = (Mono, WeightSample, Option<u8>)> + '_ {
        self.samples.iter().scan(self.mono, |at, PackedSample(delta, gross, quality, tacho)| {
            *at = *at + Span(*delta);
            Some((*at, WeightSample { gross: *gross, quality: quality.0 }, *tacho))
        })
    }
}

/// Gathers samples and cuts packs. The caller journals what it gets back before anything else of that bed.
#[derive(Debug)]
pub struct Packer {
    open: BTreeMap<BedId, (Pack, Mono)>,
    every: u32,
    /// Per bed: one counter for all would, with beds in step, keep one bed's samples and drop another's.
    counters: [u32; BedId::MAX as usize],
}

impl Default for Packer {
    fn default() -> Self {
        Self { open: BTreeMap::new(), every: 1, counters: [0; BedId::MAX as usize] }
    }
}

impl Packer {
    /// Takes a sample that arrived `now`. Gives the finished pack back that this sample did not fit into.
    pub fn push(&mut self, bed: BedId, now: Mono, sample: WeightSample, tacho: Option<u8>) -> Option<Pack> {
        let counter = &mut self.counters[bed.index()];
        *counter = (*counter + 1) % self.every;
        if *counter != 0 {
            return None;
        }
        let full = self.open.get(&bed).is_some_and(|(pack, last)| {
            now.since(pack.mono) >= PACK_SPAN || pack.samples.len() >= PACK_SAMPLES || now < *last
        });
        let done = if full { self.cut(bed) } else { None };
        let every = self.every;
        let new = || (Pack { bed, mono: now, every, samples: Vec::with_capacity(PACK_USUAL) }, now);
        let (pack, last) = self.open.entry(bed).or_insert_with(new);
        let code = QualityCode(sample.quality);
        pack.samples.push(PackedSample(now.since(*last).0, sample.gross, code, tacho));
        *last = now;
        done
    }

    /// Ends the bed's pack: before every other event, timer or command of that bed.
    pub fn cut(&mut self, bed: BedId) -> Option<Pack> {
        self.open.remove(&bed).map(|(pack, _)| pack)
    }

    /// Ends every pack that is a second old.
    pub fn cut_due(&mut self, now: Mono) -> Vec<Pack> {
        let due = |(pack, _): &(Pack, Mono)| now.since(pack.mono) >= PACK_SPAN;
        let beds: Vec<BedId> = self.open.iter().filter(|(_, open)| due(open)).map(|(bed, _)| *bed).collect();
        beds.into_iter().filter_map(|bed| self.cut(bed)).collect()
    }

    /// When [`Packer::cut_due`] is next needed.
    pub fn deadline(&self) -> Option<Mono> {
        self.open.values().map(|(pack, _)| pack.mono + PACK_SPAN).min()
    }

    /// Keeps only every n-th sample from now on (1: all; 0 counts as 1). Gives the open packs back, as one pack has one
    /// density of samples.
    pub fn thin(&mut self, every: u32) -> Vec<Pack> {
        if every.max(1) == self.every {
            return Vec::new();
        }
        self.every = every.max(1);
        self.counters = [0; BedId::MAX as usize];
        std::mem::take(&mut self.open).into_values().map(|(pack, _)| pack).collect()
    }
}

/// The last line of the raw chain, as a checkpoint remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct RawPosition {
    /// Number of the raw segment, 0 before the first.
    pub segment: u32,
    /// Line in it.
    pub line: u64,
    /// Where the line ends, in bytes.
    pub end: u64,
    /// The line's hash.
    pub sha256: Digest,
}

impl RawPosition {
    /// Before the first raw line.
    pub const START: Self = Self { segment: 0, line: 0, end: 0, sha256: Digest::ZERO };
}

/// First line of a raw segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct RawHeader {
    pub(super) raw: u32,
    /// Hash of the last line of the raw segment before.
    pub(super) prev: Digest,
}

/// Every other line of a raw segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "RawText")]
pub(super) struct RawLine {
    pub(super) line: u64,
    #[serde(flatten)]
    pub(super) pack: Pack,
}

/// The same as it is read: key by key, without the detour over a tree that `flatten` takes.
#[derive(Deserialize)]
struct RawText {
    line: u64,
    bed: BedId,
    mono: Mono,
    every: u32,
    samples: Vec<PackedSample>,
}

impl From<RawText> for RawLine {
    fn from(RawText { line, bed, mono, every, samples }: RawText) -> Self {
        Self { line, pack: Pack { bed, mono, every, samples } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bed(n: u8) -> BedId {
        BedId::new(n).unwrap()
    }
    fn grams(g: i64) -> WeightSample {
        WeightSample { gross: Milligrams(g * 1000), quality: Quality::Dynamic }
    }

    #[test]
    fn a_pack_is_cut_after_one_second_and_keeps_every_instant() {
        let mut packer = Packer::default();
        let times: Vec<u64> = (0..100).map(|n| 5_000_000 + n * 12_500 + n % 7).collect();
        let mut packs: Vec<Pack> =
            times.iter().filter_map(|t| packer.push(bed(1), Mono(*t), grams(1), Some(3))).collect();
        assert_eq!(packs.len(), 1);
        assert!(packs[0].samples.len() >= 80);
        packs.extend(packer.cut(bed(1)));
        let back: Vec<u64> =
            packs.iter().flat_map(|p| p.samples().map(|(t, _, _)| t.0).collect::<Vec<_>>()).collect();
        assert_eq!(back, times);
    }

    #[test]
    fn another_event_of_the_bed_cuts_its_pack_and_no_other() {
        let mut packer = Packer::default();
        packer.push(bed(1), Mono(1), grams(1), None);
        packer.push(bed(2), Mono(2), grams(2), None);
        assert_eq!(packer.cut(bed(1)).unwrap().bed, bed(1));
        assert_eq!(packer.cut(bed(1)), None);
        assert_eq!(packer.deadline(), Some(Mono(1_000_002)));
        assert_eq!(packer.cut_due(Mono(1_000_001)), []);
        assert_eq!(packer.cut_due(Mono(1_000_002)).len(), 1);
    }

    #[test]
    fn thinned_samples_say_so() {
        let mut packer = Packer::default();
        packer.push(bed(1), Mono(1), grams(1), None);
        assert_eq!(packer.thin(4)[0].every, 1);
        for t in 2..42 {
            for bed in [bed(1), bed(2), bed(3), bed(4)] {
                assert_eq!(packer.push(bed, Mono(t), grams(1), None), None);
            }
        }
        for bed in [bed(1), bed(2), bed(3), bed(4)] {
            let pack = packer.cut(bed).unwrap();
            assert_eq!((pack.every, pack.samples.len()), (4, 10), "bed {bed}");
        }
    }

    #[test]
    fn a_raw_line_reads_back_and_stays_small() {
        let mut packer = Packer::default();
        for n in 0..80 {
            packer.push(bed(1), Mono(n * 12_500), grams(400), Some(200));
        }
        let line = RawLine { line: 9, pack: packer.cut(bed(1)).unwrap() };
        let text = serde_json::to_string(&line).unwrap();
        assert!(
            text.starts_with(r#"{"line":9,"bed":1,"mono":0,"every":1,"samples":[[0,400000,1,200],[12500,"#),
            "{text}"
        );
        assert!(text.len() < 80 * 22 + 80, "{}", text.len());
        assert_eq!(serde_json::from_str::<RawLine>(&text).unwrap(), line);
    }

    #[test]
    fn a_quality_code_out_of_range_is_refused() {
        assert!(serde_json::from_str::<PackedSample>("[0,1,3,9]").is_err());
    }

    #[test]
    fn a_sample_is_three_or_four_numbers() {
        for text in ["[12500,400000,1]", "[12500,-3,0,255]"] {
            let sample: PackedSample = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&sample).unwrap(), text);
        }
        for text in ["[]", "[0,1]", "[0,1,2,256]", "[0,1,2,3,4]", "[0,1,2,null]", "7"] {
            assert!(serde_json::from_str::<PackedSample>(text).is_err(), "{text}");
        }
    }
}
