//! People at the beds: the scripted nurse, and the slips of one who is tired.
//!
//! Owns: who slips when, and how. Refuses: a word that says of a set what no hand has done: nobody here lies about a seal, a cut or
//! a needle in the bin; all else may be said at any time, by anybody. Lost with the run.

use super::options::Options;
use crate::headless::setup::People;
use crate::nurse::Nurse;
use crate::nurse::deed::Deed;
use crate::prng::Rng;
use crate::site::Site;
use crate::world::hand::Hand;
use crate::world::line::Needle;
use station::api::BedView;
use station::api::prompt::Prompt;
use station::ident::scan::{CommandCode, bed_barcode};
use station::ident::{BedId, Din, LabelKind};
use station::measure::{Mono, Span};
use station::procedure::event::{AbortWhy, Act, ActingOperator, Arm, HandStep, MissingWhy, Role};
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;

/// Somebody who tried the same for so long tries something else.
const IN_VAIN: Span = Span::from_mins(4);
/// A draw that does not end by itself is given up after this.
const LONG_DRAW: Span = Span::from_mins(20);
/// So many of the labels are typed where people slip.
const TYPED: f64 = 0.1;
/// People look at their screens this often.
pub const LOOK: Span = Span::from_millis(200);

/// What somebody does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Doing {
    /// Something in the world.
    Deed(Deed),
    /// A label is typed off at the terminal instead of being scanned.
    Type {
        /// Which it is.
        kind: LabelKind,
        /// What two people read off it.
        text: String,
        /// What a scanner would have read.
        label: String,
        /// Both.
        by: [ActingOperator; 2],
    },
    /// The nurse goes away for a while.
    Leave,
    /// A request at the terminal.
    Ask {
        /// What.
        act: Act,
        /// Who is signed in there.
        by: Option<ActingOperator>,
        /// Who confirms.
        second: Option<ActingOperator>,
        /// The picture that it is asked on is an old one.
        stale: bool,
    },
}

/// Kinds of slips.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slip {
    /// The label of another kit.
    OtherKit,
    /// The next bed's barcode, and the own one again later.
    BedCode,
    /// The last scan once more.
    Twice,
    /// A bag that is out of date.
    Expired,
    /// An act out of order.
    OutOfOrder,
    /// On an old picture.
    Stale,
    /// By somebody who may not.
    Unqualified,
    /// A protective act for no reason, by nobody.
    Protective,
    /// The needle comes out and nobody says so.
    NeedleOut,
    /// The stop button.
    StopButton,
    /// Nobody is at the bed for a while.
    Away,
    /// The donation is ended.
    Abort,
    /// No vein is found.
    NoVein,
    /// The confirm barcode instead of a word that it does not stand for.
    ConfirmCode,
    /// The own number where two have to confirm.
    OwnSecond,
    /// A label of another donation, under way or over, instead of the one that is asked for.
    KnownLabel,
    /// A weight that is too heavy, in the check of a scale.
    WrongWeight,
    /// The shift is to end with a donor on a bed.
    EndsShift,
}

impl Slip {
    /// Those that come at any time.
    pub const ALL: [Self; 13] = [
        Self::OtherKit,
        Self::BedCode,
        Self::Twice,
        Self::Expired,
        Self::OutOfOrder,
        Self::Stale,
        Self::Unqualified,
        Self::Protective,
        Self::NeedleOut,
        Self::StopButton,
        Self::Away,
        Self::Abort,
        Self::NoVein,
    ];
    /// Those that take the place of what is right.
    pub const ODD: [Self; 3] = [Self::ConfirmCode, Self::OwnSecond, Self::KnownLabel];
    /// Those of whoever keeps the shift.
    pub const KEEPING: [Self; 2] = [Self::WrongWeight, Self::EndsShift];
}

/// Whether this is a label like `=A99992612345608`: a donation's number, and what it marks.
pub fn is_number(label: &str) -> bool {
    label.len() == 16 && label.starts_with('=') && !label.starts_with("=)")
}

/// Whether this is a hand that holds the line or moves the bag.
fn holds_by_hand(act: &Act) -> bool {
    matches!(act, Act::ByHand { step: HandStep::ClampClosed | HandStep::Mixed, .. })
}

/// What two people read off a label that a scanner reads so; of a date nobody does it.
fn read_off(label: &str) -> Option<(LabelKind, String)> {
    if let Some(code) = label.strip_prefix("=)") {
        return Some((LabelKind::Catalog, code.to_owned()));
    }
    if let Some(lot) = label.strip_prefix("&)") {
        return Some((LabelKind::Lot, lot.to_owned()));
    }
    let din = Din::new(label.strip_prefix('=')?.get(..13)?).ok()?;
    Some((LabelKind::Din, format!("{din}{}", din.check_character())))
}

/// The nurse at one bed.
pub struct Worker {
    nurse: Nurse,
    rng: Rng,
    /// Which labels are typed: of a stream of its own, so that everything else stays as the seed has it.
    typing: Rng,
    /// What is done in the place of what is right: of a stream of its own, too.
    odd: Rng,
    is_odd: bool,
    people: People,
    slips_s: u64,
    next_slip: Mono,
    away_until: Mono,
    last_scan: Option<String>,
    prompt: Option<(Prompt, Mono)>,
    doubt_at: Mono,
}

impl Worker {
    /// A nurse at this bed.
    pub fn new(options: &Options, bed: BedId, people: People) -> Self {
        let rng = Rng::named(options.seed, &format!("bed{bed}.slips"));
        let mut worker = Self {
            nurse: Nurse::new(options.seed, bed).brisk(options.brisk),
            rng,
            typing: Rng::named(options.seed, &format!("bed{bed}.typing")),
            odd: Rng::named(options.seed, &format!("bed{bed}.odd")),
            is_odd: options.rare_s > 0,
            people,
            slips_s: options.slips_s,
            next_slip: Mono(0),
            away_until: Mono(0),
            last_scan: None,
            prompt: None,
            doubt_at: Mono(0),
        };
        worker.plan(Mono(0));
        worker
    }

    /// Which bed.
    pub fn bed(&self) -> BedId {
        self.nurse.bed()
    }

    /// From now on nobody slips, and everybody is there.
    pub fn sober_up(&mut self) {
        self.slips_s = 0;
        self.is_odd = false;
        self.away_until = Mono(0);
    }

    fn plan(&mut self, now: Mono) {
        let mean = Span::from_secs(self.slips_s.max(1)).0;
        self.next_slip = now + Span(self.rng.range(mean / 4, mean * 7 / 4));
    }

    fn ask(&self, act: Act, second: bool) -> Doing {
        let second = second.then(|| self.people.second.clone());
        Doing::Ask { act, by: Some(self.people.nurse.clone()), second, stale: false }
    }

    /// Looks at the screen of the bed; `known` are the labels of numbers that were read anywhere. What is done now, and whether it
    /// is a slip.
    pub fn look(
        &mut self,
        now: Mono,
        view: &BedView,
        site: &mut Site,
        known: &[String],
    ) -> Option<(Doing, Option<Slip>)> {
        if self.slips_s > 0 && now >= self.next_slip {
            self.plan(now);
            let slip = self.rng.pick(&Slip::ALL).copied()?;
            return self.slip(now, slip, view, site).map(|doing| (doing, Some(slip)));
        }
        if now < self.away_until {
            return None;
        }
        if let Some(doing) = self.notice(now, view) {
            return Some((doing, None));
        }
        let deed = self.nurse.look(now, view, site)?;
        if self.is_odd
            && let Some((doing, slip)) = self.odd(&deed, known)
        {
            return Some((doing, Some(slip)));
        }
        if let Deed::Scan(text) = &deed {
            self.last_scan = Some(text.clone());
            // What is read so that a lent scanner is believed is not what the screen asks for, and nobody types it.
            let asked = view.refused != Some(Refusal::NumberFirst);
            if let Some(doing) = self.typed(text).filter(|_| asked) {
                return Some((doing, None));
            }
        }
        Some(match deed {
            Deed::Act { act, second } => (self.ask(act, second), None),
            Deed::Hand(_) | Deed::Scan(_) | Deed::LayCard(_) | Deed::LiftCard => (Doing::Deed(deed), None),
        })
    }

    /// What is done in the place of this.
    fn odd(&mut self, deed: &Deed, known: &[String]) -> Option<(Doing, Slip)> {
        match deed {
            Deed::Scan(text) if is_number(text) && self.odd.chance(0.1) => {
                let alike = |label: &&String| *label != text && label.get(14..) == text.get(14..);
                let alike: Vec<&String> = known.iter().filter(alike).collect();
                let label = (*self.odd.pick(&alike)?).clone();
                Some((Doing::Deed(Deed::Scan(label)), Slip::KnownLabel))
            }
            // What protects needs one person alone, whoever stands by.
            Deed::Act { act, second: true } if !holds_by_hand(act) && self.odd.chance(0.3) => {
                let by = Some(self.people.nurse.clone());
                let second = by.clone();
                Some((Doing::Ask { act: act.clone(), by, second, stale: false }, Slip::OwnSecond))
            }
            Deed::Act { act: Act::NeedleIn | Act::Resume | Act::Seal | Act::Separate, second: false }
                if self.odd.chance(0.15) =>
            {
                Some((Doing::Deed(Deed::Scan(CommandCode::Confirm.barcode())), Slip::ConfirmCode))
            }
            Deed::Scan(_) | Deed::Act { .. } | Deed::Hand(_) | Deed::LayCard(_) | Deed::LiftCard => None,
        }
    }

    /// Where people slip they also type a label now and then, as when a scanner does not read it.
    fn typed(&mut self, label: &str) -> Option<Doing> {
        if self.slips_s == 0 || !self.typing.chance(TYPED) {
            return None;
        }
        let (kind, text) = read_off(label)?;
        let by = [self.people.nurse.clone(), self.people.second.clone()];
        Some(Doing::Type { kind, text, label: label.to_owned(), by })
    }

    /// What a person does beside what the screen asks: know of an alarm, and not wait for ever.
    fn notice(&mut self, now: Mono, view: &BedView) -> Option<Doing> {
        let same = self.prompt.as_ref().is_some_and(|(prompt, _)| *prompt == view.prompt);
        if !same {
            self.prompt = Some((view.prompt.clone(), now));
            if view.prompt == Prompt::PinchByHand && self.rng.chance(0.7) {
                // Whoever is called has to come from somewhere.
                self.away_until = now + Span::from_secs(self.rng.range(10, 90));
            }
        }
        if now < self.doubt_at {
            return None;
        }
        self.doubt_at = now + Span::from_secs(self.rng.range(10, 25));
        let since = self.prompt.as_ref().map_or(now, |(_, since)| *since);
        let patience = if view.prompt == Prompt::WaitDraw { LONG_DRAW } else { IN_VAIN };
        // What alarms again and again, whatever is known of it, is no reason to go on with the same.
        if now.since(since) >= patience
            && self.rng.chance(0.5)
            && let Some(doing) = self.way_out(view)
        {
            return Some(doing);
        }
        let unknown = view.alarms.iter().find(|alarm| !alarm.acknowledged && alarm.code.latches());
        unknown.map(|alarm| self.ask(Act::Acknowledge(alarm.code), false))
    }

    /// What somebody tries when the same was tried for minutes.
    fn way_out(&mut self, view: &BedView) -> Option<Doing> {
        if let Prompt::Scan { .. } = view.prompt
            && self.rng.chance(0.5)
        {
            // The scanner may have been lent to another bed.
            return Some(Doing::Deed(Deed::Scan(bed_barcode(self.bed()))));
        }
        let by_hand = |step: HandStep| Act::ByHand {
            step,
            tool: "hand sealer".to_owned(),
            note: "the device failed".to_owned(),
        };
        let acts: &[Act] = match view.phase {
            PhaseName::Idle | PhaseName::Closed => return None,
            PhaseName::Identify | PhaseName::Label | PhaseName::Prepare | PhaseName::Venipuncture => {
                &[Act::Abort(AbortWhy::DonorWithdraws)]
            }
            PhaseName::Divert => &[by_hand(HandStep::Diverted), Act::EndDraw],
            PhaseName::Draw | PhaseName::Pause | PhaseName::Interrupted => &[Act::EndDraw],
            PhaseName::EndDraw | PhaseName::NeedleOut | PhaseName::Seal | PhaseName::Separate => {
                &[Act::HelpArrived]
            }
            PhaseName::Segments => &[Act::SegmentsLater],
            PhaseName::Reconcile => &[Act::HelpArrived],
        };
        let act = self.rng.pick(acts).cloned()?;
        Some(self.ask(act, true))
    }

    fn slip(&mut self, now: Mono, slip: Slip, view: &BedView, site: &mut Site) -> Option<Doing> {
        let scan = |text: String| Some(Doing::Deed(Deed::Scan(text)));
        let ask = |worker: &Self, act: Act| Some(worker.ask(act, false));
        let needle = site.bed(self.bed()).map(|bed| bed.line.needle);
        match slip {
            Slip::OtherKit => scan(site.next_kit().bag()),
            Slip::BedCode => {
                let beds = site.beds.len() as u64;
                let number = u8::try_from(self.rng.range(1, beds)).unwrap_or(1);
                scan(bed_barcode(BedId::new(number).unwrap_or(self.bed())))
            }
            Slip::Twice => self.last_scan.clone().and_then(scan),
            // The first day of 2020.
            Slip::Expired => scan("&>0200012359".to_owned()),
            Slip::OutOfOrder => {
                let act = self.any_act();
                let second = self.rng.chance(0.3);
                Some(self.ask(act, second))
            }
            Slip::Stale => {
                let by = Some(self.people.nurse.clone());
                Some(Doing::Ask { act: self.any_act(), by, second: None, stale: true })
            }
            Slip::Unqualified => {
                let role = *self.rng.pick(&[Role::Auditor, Role::Quality, Role::Engineer, Role::Admin])?;
                let by = Some(ActingOperator { role, id: self.people.second.id.clone() });
                let act = view.prompt.primary().unwrap_or(Act::NeedleIn);
                // It is taken from anybody, and nobody here says it of a needle that is in the donor.
                let lies = act == Act::NeedleOut && needle == Some(Needle::InVein);
                let act = if lies { Act::NeedleIn } else { act };
                let nobody = self.rng.chance(0.5);
                Some(Doing::Ask { act, by: if nobody { None } else { by }, second: None, stale: false })
            }
            Slip::Protective => {
                let acts = [Act::Pause, Act::Clamp, Act::EndDraw, Act::EmergencyStop, Act::CallForHelp];
                let act = self.rng.pick(&acts).cloned()?;
                Some(Doing::Ask { act, by: None, second: None, stale: true })
            }
            Slip::NeedleOut => {
                let there = needle == Some(Needle::InVein);
                there.then_some(Doing::Deed(Deed::Hand(Hand::WithdrawNeedle)))
            }
            Slip::StopButton => Some(Doing::Deed(Deed::Hand(Hand::PressStop))),
            Slip::Away => {
                self.away_until = now + Span::from_secs(self.rng.range(30, 600));
                Some(Doing::Leave)
            }
            Slip::Abort => {
                let whys = [
                    AbortWhy::DonorWithdraws,
                    AbortWhy::Reaction,
                    AbortWhy::BagDefect,
                    AbortWhy::DeviceFailed,
                    AbortWhy::NoVein,
                ];
                let why = *self.rng.pick(&whys)?;
                ask(self, Act::Abort(why))
            }
            Slip::NoVein => ask(self, Act::VenipunctureFailed),
            // They come in the place of what is right, or are made by others.
            Slip::ConfirmCode | Slip::OwnSecond | Slip::KnownLabel | Slip::WrongWeight | Slip::EndsShift => {
                None
            }
        }
    }

    /// Any act that says nothing untrue of a set.
    fn any_act(&mut self) -> Act {
        let acts = [
            Act::ConfirmIdentity,
            Act::BagLooked,
            Act::BagRejected,
            Act::BagPlaced,
            Act::ArmReady(Arm::Left),
            Act::IdentityAskedAgain,
            Act::NeedleIn,
            Act::VenipunctureFailed,
            Act::SecondAttemptConsented,
            Act::PouchFull,
            Act::PouchClipClosed,
            Act::PlugBroken,
            Act::TubeMissing { tube: 1, why: MissingWhy::Damaged },
            Act::Resume,
            Act::TourniquetReleased,
            Act::NeedleGuarded,
            Act::Seal,
            Act::Separate,
            Act::StripTubing,
            Act::SegmentsLater,
            Act::AcceptDisposition,
            Act::BedCleared,
            Act::ChangeProgramme { ml: 200 },
            Act::ChangeProgramme { ml: 400 },
            Act::DonorCaredFor,
            Act::EmergencyOver,
            Act::HelpArrived,
            Act::PauseAudio,
            Act::ResumeAudio,
        ];
        self.rng.pick(&acts).cloned().unwrap_or(Act::CallForHelp)
    }
}
