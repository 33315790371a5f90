//! Trouble: everything that may go wrong with a bed's devices, links, donor and set, by chance and for a while.
//!
//! Owns: the two lists, the common and the rare, each with chances of its own, so that a run without what is rare is as it was before there was any; when
//! each begins and ends, and that all of it ends when the run wants to settle. Refuses: trouble that the world's own parts do not
//! know. Lost with the run.

use super::options::Options;
use crate::bed::SimBed;
use crate::devices::clamp::ClampFault;
use crate::devices::one_shot::{OneShot, ToolFault};
use crate::prng::Rng;
use crate::world::hand::Hand;
use station::ident::{BedId, DeviceSerial};
use station::measure::{Mono, Span};

/// A clamp that sticks does so at least for so long.
const STICKS: Span = Span::from_secs(60);

/// Kinds of trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trouble {
    /// The scale does not answer.
    ScaleSilent,
    /// The scale shows the same for ever.
    ScaleFrozen,
    /// The scale's cable is out.
    ScaleUnplugged,
    /// The scale restarts by itself.
    ScaleReboot,
    /// Another scale stands there.
    ScaleSwap,
    /// Noise on the scale's line.
    ScaleNoise,
    /// Half a line from the scale.
    ScaleHalfLine,
    /// The scanner's cable is out.
    ScannerUnplugged,
    /// Noise from the scanner.
    ScannerNoise,
    /// Half a read from the scanner.
    ScannerHalfRead,
    /// The card reader does not answer.
    ReaderSilent,
    /// The card cannot be read.
    ReaderUnreadable,
    /// Noise from the card reader.
    ReaderNoise,
    /// The card reader's cable is out.
    ReaderUnplugged,
    /// The clamp's jaw stays where it is.
    ClampStuck,
    /// The clamp's closed switch never makes.
    ClampClosedSwitch,
    /// The clamp's open switch is always made.
    ClampOpenSwitch,
    /// The diverter does not move.
    DiverterStuck,
    /// The mixer cannot move.
    MixerBlocked,
    /// The mixer's home mark is silent.
    MixerMark,
    /// The sealer does not start.
    SealerNoStart,
    /// The sealer says nothing at the end.
    SealerSilent,
    /// The sealer's fault contact is made.
    SealerFault,
    /// The separator does not start.
    SeparatorNoStart,
    /// The separator says nothing at the end.
    SeparatorSilent,
    /// The sharps bin is full.
    BinFull,
    /// Somebody leans on the tray.
    TrayBump,
    /// The tray is touched again and again.
    TrayRestless,
    /// Something lies on the bag.
    BagLaid,
    /// The bag falls off the tray.
    BagDropped,
    /// The vein stops.
    VeinStops,
    /// The vein gives little.
    VeinSlow,
    /// An artery.
    VeinFast,
    /// The clamp opens by itself.
    ClampGivesWay,
    /// The clamp says closed and lets half through.
    ClampLeaks,
    /// A tool's cover is opened.
    CoverOpens,
}

impl Trouble {
    /// The common ones.
    pub const COMMON: [Self; 33] = [
        Self::ScaleSilent,
        Self::ScaleFrozen,
        Self::ScaleUnplugged,
        Self::ScaleReboot,
        Self::ScaleSwap,
        Self::ScaleNoise,
        Self::ScaleHalfLine,
        Self::ScannerUnplugged,
        Self::ScannerNoise,
        Self::ScannerHalfRead,
        Self::ReaderSilent,
        Self::ReaderUnreadable,
        Self::ReaderNoise,
        Self::ReaderUnplugged,
        Self::ClampStuck,
        Self::ClampClosedSwitch,
        Self::ClampOpenSwitch,
        Self::DiverterStuck,
        Self::MixerBlocked,
        Self::MixerMark,
        Self::SealerNoStart,
        Self::SealerSilent,
        Self::SealerFault,
        Self::SeparatorNoStart,
        Self::SeparatorSilent,
        Self::BinFull,
        Self::TrayBump,
        Self::TrayRestless,
        Self::BagLaid,
        Self::BagDropped,
        Self::VeinStops,
        Self::VeinSlow,
        Self::VeinFast,
    ];
    /// The rare ones.
    pub const RARE: [Self; 3] = [Self::ClampGivesWay, Self::ClampLeaks, Self::CoverOpens];

    fn begin(self, bed: &mut SimBed, rng: &mut Rng) {
        let now = bed.now();
        match self {
            Self::ScaleSilent => bed.scale.silent = true,
            Self::ScaleFrozen => bed.scale.frozen = true,
            Self::ScaleUnplugged => bed.scale.plug(false),
            Self::ScaleReboot => bed.scale.reboot(now),
            Self::ScaleSwap => swap(bed, rng.range(900_000, 999_999)),
            Self::ScaleNoise => bed.scale.garble(now, 60),
            Self::ScaleHalfLine => bed.scale.cut_short(now),
            Self::ScannerUnplugged => bed.scanner.plug(false),
            Self::ScannerNoise => bed.scanner.garble(now, &[0xff, 0x00, 0x81, 0x0d]),
            Self::ScannerHalfRead => bed.scanner.cut_short(now),
            Self::ReaderSilent => bed.id_reader.silent = true,
            Self::ReaderUnreadable => bed.id_reader.card_unreadable = true,
            Self::ReaderNoise => bed.id_reader.garble(now, &[0xaa, 0xaa, 0xaa, 0x96, 0x69, 0xff]),
            Self::ReaderUnplugged => bed.id_reader.plug(false),
            Self::ClampStuck => bed.clamp.set_fault(Some(ClampFault::Stuck)),
            Self::ClampClosedSwitch => bed.clamp.set_fault(Some(ClampFault::ClosedSwitchBroken)),
            Self::ClampOpenSwitch => bed.clamp.set_fault(Some(ClampFault::OpenSwitchWelded)),
            Self::DiverterStuck => bed.diverter.stuck = true,
            Self::MixerBlocked => bed.mixer.blocked = true,
            Self::MixerMark => bed.mixer.mark_broken = true,
            Self::SealerNoStart => bed.sealer.fault = Some(ToolFault::NoStart),
            Self::SealerSilent => bed.sealer.fault = Some(ToolFault::SilentDone),
            Self::SealerFault => bed.sealer.fault = Some(ToolFault::FaultContact),
            Self::SeparatorNoStart => bed.separator.fault = Some(ToolFault::NoStart),
            Self::SeparatorSilent => bed.separator.fault = Some(ToolFault::SilentDone),
            Self::BinFull => bed.separator.bin = bed.separator.bin_holds,
            Self::TrayBump => bed.hand(Hand::BumpTray),
            Self::TrayRestless => bed.tray.restless = true,
            Self::BagLaid => bed.tray.laid_mg = 15_000,
            Self::BagDropped => bed.tray.take_off(),
            Self::VeinStops => set_flow(bed, 0.0),
            Self::VeinSlow => set_flow(bed, 12.0),
            Self::VeinFast => set_flow(bed, 260.0),
            Self::ClampGivesWay => bed.clamp.set_fault(Some(ClampFault::GivesWay)),
            Self::ClampLeaks => bed.clamp.set_fault(Some(ClampFault::Leaks)),
            Self::CoverOpens => tools(bed).for_each(|tool| tool.cover = false),
        }
    }

    fn end(self, bed: &mut SimBed) {
        match self {
            Self::ScaleSilent => bed.scale.silent = false,
            Self::ScaleFrozen => bed.scale.frozen = false,
            Self::ScaleUnplugged => bed.scale.plug(true),
            Self::ScannerUnplugged => bed.scanner.plug(true),
            Self::ReaderSilent => bed.id_reader.silent = false,
            Self::ReaderUnreadable => bed.id_reader.card_unreadable = false,
            Self::ReaderUnplugged => bed.id_reader.plug(true),
            Self::ClampStuck
            | Self::ClampClosedSwitch
            | Self::ClampOpenSwitch
            | Self::ClampGivesWay
            | Self::ClampLeaks => bed.clamp.set_fault(None),
            // A cover stands open where nothing lies in the tool.
            Self::CoverOpens => tools(bed).for_each(|tool| tool.cover = tool.tube),
            Self::DiverterStuck => bed.diverter.stuck = false,
            Self::MixerBlocked => bed.mixer.blocked = false,
            Self::MixerMark => bed.mixer.mark_broken = false,
            Self::SealerNoStart | Self::SealerSilent | Self::SealerFault => mend(&mut bed.sealer),
            Self::SeparatorNoStart | Self::SeparatorSilent => mend(&mut bed.separator),
            Self::TrayRestless => bed.tray.restless = false,
            Self::BagLaid => bed.tray.laid_mg = 0,
            Self::BagDropped => bed.tray.put_back(),
            Self::VeinStops | Self::VeinSlow | Self::VeinFast => set_flow(bed, 70.0),
            Self::ScaleReboot
            | Self::ScaleSwap
            | Self::ScaleNoise
            | Self::ScaleHalfLine
            | Self::ScannerNoise
            | Self::ScannerHalfRead
            | Self::ReaderNoise
            | Self::BinFull
            | Self::TrayBump => {}
        }
    }
}

fn tools(bed: &mut SimBed) -> impl Iterator<Item = &mut OneShot> {
    [&mut bed.sealer, &mut bed.separator].into_iter()
}

fn mend(tool: &mut OneShot) {
    tool.fault = None;
}

fn swap(bed: &mut SimBed, number: u64) {
    let now = bed.now();
    if let Ok(serial) = DeviceSerial::new(&format!("SIM-{number}")) {
        bed.scale.swap(now, serial);
    }
}

/// The vein gives this much from now on, mL/min.
fn set_flow(bed: &mut SimBed, ml_min: f64) {
    if let Some(vein) = bed.line.vein_mut() {
        vein.mean_ul_s = ml_min * 1000.0 / 60.0;
    }
}

/// The troubles of one bed.
pub struct Troubles {
    bed: BedId,
    rng: Rng,
    kinds: &'static [Trouble],
    mean_s: u64,
    /// Comes next, whatever else would.
    tempted: Option<Trouble>,
    next: Mono,
    running: Vec<(Trouble, Mono)>,
}

impl Troubles {
    /// The common troubles of this bed.
    pub fn common(options: &Options, bed: BedId) -> Self {
        Self::new(options, bed, "troubles", (&Trouble::COMMON, options.troubles_s))
    }

    /// The rare ones.
    pub fn rare(options: &Options, bed: BedId) -> Self {
        Self::new(options, bed, "rare", (&Trouble::RARE, options.rare_s))
    }

    fn new(options: &Options, bed: BedId, stream: &str, (kinds, mean_s): (&'static [Trouble], u64)) -> Self {
        let rng = Rng::named(options.seed, &format!("bed{bed}.{stream}"));
        let (tempted, running) = (None, Vec::new());
        let mut troubles = Self { bed, rng, kinds, mean_s, tempted, next: Mono(0), running };
        troubles.plan(Mono(0));
        troubles
    }

    /// A shot was ordered at this bed: a cover that opens now is worse than at any other time, so one does now and then.
    pub fn tempt(&mut self, now: Mono) {
        if self.mean_s > 0 && self.kinds.contains(&Trouble::CoverOpens) && self.rng.chance(0.3) {
            self.tempted = Some(Trouble::CoverOpens);
            self.next = now + Span::from_millis(self.rng.range(50, 1_000));
        }
    }

    /// Which bed.
    pub fn bed(&self) -> BedId {
        self.bed
    }

    fn plan(&mut self, now: Mono) {
        let mean = Span::from_secs(self.mean_s.max(1)).0;
        self.next = now + Span(self.rng.range(mean / 4, mean * 7 / 4));
    }

    /// Whether something begins or ends now.
    pub fn is_due(&self, now: Mono) -> bool {
        (self.mean_s > 0 && now >= self.next) || self.running.iter().any(|(_, until)| now >= *until)
    }

    /// Lets begin and end what is due. What began.
    pub fn turn(&mut self, now: Mono, bed: &mut SimBed) -> Option<Trouble> {
        self.running.retain(|(trouble, until)| {
            let over = now >= *until;
            if over {
                trouble.end(bed);
            }
            !over
        });
        if self.mean_s == 0 || now < self.next {
            return None;
        }
        self.plan(now);
        let trouble = self.tempted.take().or_else(|| self.rng.pick(self.kinds).copied())?;
        // Some pass in seconds, some stay for minutes.
        let most = *self.rng.pick(&[3, 20, 240])?;
        let lasts = Span::from_millis(self.rng.range(200, most * 1000));
        // A jaw that sticks has to stick while something depends on it: whoever waits a moment sees nothing of it.
        let until = now + if trouble == Trouble::ClampStuck { lasts.max(STICKS) } else { lasts };
        trouble.begin(bed, &mut self.rng);
        self.running.push((trouble, until));
        Some(trouble)
    }

    /// Whether something is wrong now.
    pub fn any(&self) -> bool {
        !self.running.is_empty()
    }

    /// Everything ends, and nothing begins any more.
    pub fn finish(&mut self, bed: &mut SimBed) {
        self.mean_s = 0;
        self.running.drain(..).for_each(|(trouble, _)| trouble.end(bed));
    }
}
