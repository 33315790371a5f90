//! What truly happened to each set at each bed, seen in the world and not through any device.
//!
//! Owns: the history of every set that hung at a bed, from a fresh line to the next. Refuses: the station's opinion. It is what
//! records and acts are judged by.

use crate::bed::SimBed;
use crate::site::Site;
use crate::world::line::Needle;
use station::ident::BedId;
use station::measure::Mono;

/// The history of one set.
#[derive(Debug, Clone, Default)]
pub struct SetStory {
    /// When it was laid beside the bed.
    pub from: Mono,
    /// When it was taken away; `None` while it is there.
    pub to: Option<Mono>,
    /// The needle went into the vein.
    pub needle_in: Option<Mono>,
    /// The needle left the vein.
    pub needle_out: Option<Mono>,
    /// First blood reached the bag.
    pub first_blood: Option<Mono>,
    /// Blood reached the bag last.
    pub last_blood: Option<Mono>,
    /// Blood in the bag, nL.
    pub bag_nl: i64,
    /// Most blood that was ever in the pouch, nL.
    pub pouch_nl: i64,
    /// Tubes filled.
    pub tubes: u8,
    /// Shots of the sealer that were finished while this set was there.
    pub seal_shots: u32,
    /// Shots of the separator that were finished while this set was there.
    pub cut_shots: u32,
    /// The line is sealed, by whatever.
    pub sealed: bool,
    /// The needle is off the line, or in the bin.
    pub separated: bool,
    /// Something went wrong with a device, link, donor or set while it was there.
    pub troubled: bool,
    /// Somebody slipped while it was there.
    pub slipped: bool,
    /// The station stopped while it was there.
    pub stopped: bool,
}

/// One bed.
#[derive(Debug)]
struct Bed {
    number: BedId,
    shots: (u32, u32),
    past: Vec<SetStory>,
    present: SetStory,
}

/// Every bed's sets.
#[derive(Debug)]
pub struct Truth {
    beds: Vec<Bed>,
}

impl Truth {
    /// Every bed with a fresh set.
    pub fn new(site: &Site, now: Mono) -> Self {
        let story = || SetStory { from: now, ..SetStory::default() };
        let bed = |bed: &SimBed| Bed {
            number: bed.number(),
            shots: (bed.sealer.shots(), bed.separator.shots()),
            past: Vec::new(),
            present: story(),
        };
        Self { beds: site.beds.iter().map(bed).collect() }
    }

    /// Looks at the world after each step.
    pub fn look(&mut self, site: &Site, now: Mono) {
        for (bed, seen) in self.beds.iter_mut().zip(&site.beds).filter(|(_, seen)| seen.has_moved()) {
            bed.look(seen, now);
        }
    }

    /// A trouble was let happen at a bed.
    pub fn trouble(&mut self, at: BedId) {
        self.each(at, &mut |story| story.troubled = true);
    }

    /// Somebody slipped at a bed.
    pub fn slip(&mut self, at: BedId) {
        self.each(at, &mut |story| story.slipped = true);
    }

    /// The station stopped.
    pub fn stop(&mut self) {
        self.beds.iter_mut().for_each(|bed| bed.present.stopped = true);
    }

    fn each(&mut self, at: BedId, change: &mut dyn FnMut(&mut SetStory)) {
        let bed = self.beds.iter_mut().find(|bed| bed.number == at);
        if let Some(bed) = bed {
            change(&mut bed.present);
        }
    }

    /// The sets that were at a bed between two instants, the last first.
    pub fn between(&self, at: BedId, from: Mono, to: Mono) -> impl Iterator<Item = &SetStory> {
        let beds = self.beds.iter().filter(move |bed| bed.number == at);
        let sets = beds.flat_map(|bed| [&bed.present].into_iter().chain(bed.past.iter().rev()));
        sets.filter(move |set| set.from <= to && set.to.is_none_or(|end| end > from))
    }
}

impl Bed {
    fn look(&mut self, seen: &SimBed, now: Mono) {
        let line = &seen.line;
        let before = &self.present;
        let used = before.needle_in.is_some() || before.separated || (before.sealed && !line.sealed);
        if line.needle == Needle::Capped && used {
            let fresh = SetStory { from: now, ..SetStory::default() };
            let mut past = std::mem::replace(&mut self.present, fresh);
            past.to = Some(now);
            self.past.push(past);
            self.shots = (seen.sealer.shots(), seen.separator.shots());
        }
        let story = &mut self.present;
        if line.needle == Needle::InVein {
            story.needle_in.get_or_insert(now);
        } else if line.needle != Needle::Capped && story.needle_in.is_some() {
            story.needle_out.get_or_insert(now);
        }
        if line.bag_nl() > story.bag_nl {
            story.first_blood.get_or_insert(now);
            story.last_blood = Some(now);
            story.bag_nl = line.bag_nl();
        }
        story.pouch_nl = story.pouch_nl.max(line.pouch_nl());
        story.tubes = line.tubes();
        story.seal_shots = seen.sealer.shots() - self.shots.0;
        story.cut_shots = seen.separator.shots() - self.shots.1;
        story.sealed = line.sealed;
        story.separated = matches!(line.needle, Needle::Separated | Needle::Binned);
    }
}
