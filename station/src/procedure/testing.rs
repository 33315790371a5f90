//! A bed for tests: a donor who bleeds, a bag on a rocking tray and devices that obey, in time that jumps.
//!
//! Owns: physics simple enough to be checked by hand, and a permit gate that asks the guard. Refuses: the machine's own
//! opinions. A crash loses it.

#![expect(clippy::wildcard_enum_match_arm, reason = "the world minds only the acts that move blood")]

use super::Procedure;
use super::alarm::AlarmCode;
use super::command::Command;
use super::donation::Needle;
use super::event::{
    Act, ActingOperator, Arm, DinStanding, DonorFacts, Eligibility, Event, FormSeen, IdentifiedBy, Known,
    Lapse, Opening, PersonAct, Restart, Role, Scan, ScanVia,
};
use super::limits::Settings;
use super::phase::PhaseName;
use super::refusal::Refusal;
use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{
    Actuation, ClampPosition, DeviceKind, DeviceReading, DiverterPosition, Mode, Quality, Reading,
    ToolReport, WeightSample,
};
use crate::draw::ClampDelay;
use crate::ident::{BedId, DeviceSerial, Din, DonationId, DonorToken, OperatorId, classify};
use crate::measure::{Microlitres, Milligrams, Mono, Span};
use crate::record::DonationRecord;

pub(super) const DIN: &str = "A999926123456";
/// On the labels of the second kit.
pub(super) const SECOND_DIN: &str = "A999926123457";
pub(super) const TODAY: i32 = 20_600;
/// A form on which everything is passed.
pub(super) const FORM: FormSeen =
    FormSeen { interview: true, examination: true, haemoglobin_g_l: 140, approved_ml: 400, consent: true };
/// A restart after which a draw may go on.
pub(super) const SOUND: Restart =
    Restart { gap: Some(Span::from_secs(20)), unchanged: true, clamp_closed: true, logic_changed: false };
const TICK: Span = Span::from_millis(50);
const SET_MG: i64 = 150_000;
/// What a tube takes.
pub(super) const TUBE_MG: i64 = 5_265;
/// What the pouch holds.
const POUCH_ML: i64 = 45;

pub(super) fn operator(id: &str) -> OperatorId {
    OperatorId::new(id).unwrap()
}

pub(super) fn opening(settings: Settings) -> Opening {
    Opening {
        logic: super::LOGIC_VERSION,
        donation: DonationId(7),
        mode: Mode::Simulated,
        settings,
        clamp_delay: ClampDelay::known(Span::from_millis(100)),
        calibration: "CAL-1".to_owned(),
        donor: DonorFacts {
            token: DonorToken::new("00ff").unwrap(),
            age_years: 35,
            identified_by: IdentifiedBy::IdCard,
            identity_second: None,
            screening: Known::Worklist,
            consent: Known::Worklist,
            eligibility: Eligibility::Online,
            bound_din: None,
            last: None,
            approved_ml: None,
            group: None,
            registration: None,
        },
        programme_ml: 400,
        diverter: false,
        online: false,
        today: Some(TODAY),
        lots: Vec::new(),
    }
}

pub(super) fn scanned(text: &str, standing: DinStanding) -> Event {
    let content = classify(text, None).unwrap();
    let standing = content.labels().iter().map(|_| standing.clone()).collect();
    Event::Scan(Scan { content, standing, today: Some(TODAY), lot: None, via: ScanVia::Scanner })
}

pub(super) fn act(act: Act) -> Event {
    Event::Act(PersonAct { act, by: Some(operator("1001")), second: None })
}

/// An act of somebody else who is signed in.
pub(super) fn by(id: &str, act: Act) -> Event {
    Event::Act(PersonAct { act, by: Some(operator(id)), second: None })
}

/// An act of somebody whom nobody knows.
pub(super) fn anyone(act: Act) -> Event {
    Event::Act(PersonAct { act, by: None, second: None })
}

pub(super) fn two(act: Act) -> Event {
    Event::Act(PersonAct { act, by: Some(operator("1001")), second: Some(operator("1002")) })
}

pub(super) fn reading(device: DeviceKind, reading: Reading) -> Event {
    Event::Reading(DeviceReading { device, reading })
}

/// A bed whose donation has just begun.
pub(super) fn opened(settings: Settings) -> World {
    let mut w = World::new();
    w.open_with(settings);
    w
}

/// A bed at the first moment of this prompt.
pub(super) fn at(wanted: &Prompt) -> World {
    at_with(Settings::default(), wanted)
}

pub(super) fn at_with(settings: Settings, wanted: &Prompt) -> World {
    let mut w = opened(settings);
    w.walk(|w| w.p.prompt() == *wanted);
    w
}

/// A bed that draws, with so much in the bag.
pub(super) fn drawing(ml: i64) -> World {
    drawing_with(Settings::default(), ml)
}

pub(super) fn drawing_with(settings: Settings, ml: i64) -> World {
    let mut w = opened(settings);
    w.walk(|w| w.p.view(w.now).volume.ml_rounded() >= ml);
    w
}

/// The bed.
#[derive(Debug, Clone)]
pub(super) struct World {
    pub(super) p: Procedure,
    pub(super) now: Mono,
    /// Every event in order, as a journal would keep them.
    pub(super) events: Vec<(Mono, Event)>,
    /// Which of them were refused.
    pub(super) refused: Vec<usize>,
    /// Every command in order.
    pub(super) commands: Vec<Command>,
    pub(super) record: Option<DonationRecord>,
    /// mL/min.
    pub(super) flow: i64,
    pub(super) devices_answer: bool,
    pub(super) clamp_obeys: bool,
    /// How long blood runs on after the order to close, ms.
    pub(super) clamp_ms: u64,
    shuts_at: Option<Mono>,
    pub(super) weights: bool,
    /// A device that does not move when it is told to.
    pub(super) devices_deaf: Option<DeviceKind>,
    pub(super) din: &'static str,
    pub(super) arm: Arm,
    /// Mass of a millilitre of this donor's blood, mg.
    pub(super) density: i64,
    /// The tray cannot turn.
    pub(super) tray_blocked: bool,
    /// The scale shows this and nothing else.
    pub(super) scale_stuck: Option<i64>,
    /// The pouch hangs beside the tray.
    pub(super) pouch_beside: bool,
    pub(super) fired: Vec<Actuation>,
    pub(super) bag_on_tray: bool,
    pub(super) clamp_open: bool,
    needle: bool,
    pub(super) clip_closed: bool,
    pub(super) plug_broken: bool,
    pub(super) mixer: bool,
    pub(super) blood_mg: i64,
    /// Blood that tubes took off the tray, and what the tube that is being filled still takes.
    pub(super) tubes_mg: i64,
    pub(super) filling_mg: i64,
    /// A tube is full in the moment in which somebody says so; otherwise the test fills it.
    pub(super) tubes_at_once: bool,
    /// How far the rocking swings the weight to each side, as a triangle each four and a half seconds.
    pub(super) swing_mg: i64,
    todo: Vec<(Mono, Event)>,
    ticks: u64,
}

impl World {
    pub(super) fn new() -> Self {
        let mut w = Self {
            p: Procedure::new(BedId::new(1).unwrap()),
            now: Mono(1_000_000),
            events: Vec::new(),
            refused: Vec::new(),
            commands: Vec::new(),
            record: None,
            flow: 60,
            devices_answer: true,
            clamp_obeys: true,
            clamp_ms: 0,
            shuts_at: None,
            weights: true,
            devices_deaf: None,
            din: DIN,
            arm: Arm::Left,
            density: 1053,
            tray_blocked: false,
            scale_stuck: None,
            pouch_beside: false,
            fired: Vec::new(),
            bag_on_tray: true,
            clamp_open: false,
            needle: false,
            clip_closed: false,
            plug_broken: false,
            mixer: false,
            blood_mg: 0,
            tubes_mg: 0,
            filling_mg: 0,
            tubes_at_once: true,
            swing_mg: 0,
            todo: Vec::new(),
            ticks: 0,
        };
        for kind in DeviceKind::ALL {
            if kind != DeviceKind::Diverter && kind != DeviceKind::Sampler {
                w.must(&reading(kind, Reading::Online { serial: None }));
            }
        }
        w.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Closed)));
        w.must(&Event::Operator(Some(ActingOperator { id: operator("1001"), role: Role::Nurse })));
        w
    }

    /// One event and everything that follows at once.
    pub(super) fn send(&mut self, event: &Event) -> Result<(), Refusal> {
        if let Event::Act(a) = event {
            match a.act {
                Act::NeedleIn => self.needle = true,
                Act::NeedleOut => self.needle = false,
                Act::PouchClipClosed => self.clip_closed = true,
                Act::PlugBroken => self.plug_broken = true,
                _ => (),
            }
        }
        self.events.push((self.now, event.clone()));
        let result = self.p.handle(self.now, event);
        if result.is_err() {
            self.refused.push(self.events.len() - 1);
        } else if matches!(event, Event::Act(PersonAct { act: Act::TubeFilled, .. })) && self.tubes_at_once {
            self.tubes_take(TUBE_MG);
        }
        while let Some(command) = self.p.poll_command() {
            self.commands.push(command.clone());
            self.obey(command);
        }
        result
    }

    /// Blood goes from the pouch into a tube.
    fn tubes_take(&mut self, mg: i64) {
        if !self.pouch_beside && self.clip_closed {
            self.blood_mg -= mg;
            self.tubes_mg += mg;
        }
    }

    pub(super) fn must(&mut self, event: &Event) {
        if let Err(refusal) = self.send(event) {
            panic!("{event:?} in {:?}: {refusal}", self.p.phase());
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Protect(actuation) => self.actuate(actuation),
            Command::Permit(permit) => {
                let allowed =
                    permit.epoch == self.p.epoch() && self.p.may_fire(self.now, permit.actuation).is_ok();
                if allowed {
                    self.todo.push((self.now, Event::PermitFired(permit.id)));
                    self.fired.push(permit.actuation);
                    self.actuate(permit.actuation);
                } else {
                    let lapsed = Event::PermitLapsed { permit: permit.id, why: Lapse::EpochPassed };
                    self.todo.push((self.now, lapsed));
                }
            }
            Command::Close(record) => self.record = Some(*record),
            Command::Raise(_)
            | Command::Clear(_)
            | Command::AskEligibility
            | Command::BindDin(_)
            | Command::VoidDin(_)
            | Command::ClampDelayLearned(_)
            | Command::CheckLater(_) => (),
        }
    }

    fn later(&mut self, ms: u64, device: DeviceKind, r: Reading) {
        if self.devices_answer && self.devices_deaf != Some(device) {
            self.todo.push((self.now + Span::from_millis(ms), reading(device, r)));
        }
    }

    fn actuate(&mut self, actuation: Actuation) {
        match actuation {
            Actuation::ClampClose if self.clamp_obeys && self.clamp_open => {
                if self.clamp_ms == 0 {
                    self.clamp_open = false;
                } else {
                    self.shuts_at.get_or_insert(self.now + Span::from_millis(self.clamp_ms));
                }
                self.later(self.clamp_ms.max(100), DeviceKind::Clamp, Reading::Clamp(ClampPosition::Closed));
            }
            Actuation::ClampOpen => {
                self.clamp_open = true;
                self.shuts_at = None;
                self.later(100, DeviceKind::Clamp, Reading::Clamp(ClampPosition::Open));
            }
            Actuation::MixerRun if self.tray_blocked => (),
            Actuation::MixerRun => {
                self.mixer = true;
                self.later(200, DeviceKind::Mixer, Reading::MixerTurning(true));
            }
            Actuation::MixerStop => self.mixer = false,
            Actuation::DivertToBag => {
                self.later(100, DeviceKind::Diverter, Reading::Diverter(DiverterPosition::Bag));
            }
            Actuation::DivertToPouch => {
                self.later(100, DeviceKind::Diverter, Reading::Diverter(DiverterPosition::Pouch));
            }
            Actuation::Seal => {
                self.later(50, DeviceKind::Sealer, Reading::Sealer(ToolReport::Busy));
                self.later(1500, DeviceKind::Sealer, Reading::Sealer(ToolReport::Done));
            }
            Actuation::Separate => {
                self.later(1500, DeviceKind::Separator, Reading::Separator(ToolReport::Done));
            }
            _ => (),
        }
    }

    /// Lets time pass, every weight, timer and answer in its order.
    pub(super) fn run(&mut self, span: Span) {
        let end = self.now + span;
        while self.now < end {
            self.flush();
            self.now = self.now + TICK;
            self.ticks += 1;
            if self.shuts_at.is_some_and(|at| at <= self.now) {
                (self.clamp_open, self.shuts_at) = (false, None);
            }
            let pouch_full =
                self.clip_closed || (!self.pouch_beside && self.blood_mg >= POUCH_ML * self.density);
            let open = self.clamp_open && self.needle && (self.plug_broken || !pouch_full);
            if open {
                let mg = self.flow * self.density / 60 * i64::try_from(TICK.as_millis()).unwrap() / 1000;
                let weighed = self.plug_broken || !self.pouch_beside;
                self.blood_mg += if weighed { mg } else { 0 };
            }
            let drop = self.filling_mg.min(25);
            self.filling_mg -= drop;
            self.tubes_take(drop);
            self.flush();
            while let Some(timer) = self.p.due(self.now) {
                self.must(&Event::Timer(timer));
                self.flush();
            }
            if self.weights {
                let gross = if self.bag_on_tray { SET_MG + self.blood_mg } else { 0 };
                // A ripple of some tenths of a gram, so that the scale does not look frozen.
                let ripple = i64::try_from(self.ticks * 37 % 11).unwrap() * 40 - 200;
                let swing = self.swing_mg * ((self.ticks % 90) as i64 - 45).abs() * 4 / 90 - self.swing_mg;
                let gross = Milligrams(self.scale_stuck.unwrap_or(gross + ripple + swing));
                let sample = WeightSample { gross, quality: Quality::Dynamic };
                self.must(&reading(DeviceKind::Scale, Reading::Weight(sample)));
            }
            if self.mixer && !self.tray_blocked && self.ticks.is_multiple_of(90) {
                self.must(&reading(DeviceKind::Mixer, Reading::MixerCycle));
            }
        }
        self.flush();
    }

    fn flush(&mut self) {
        loop {
            let due = self.todo.iter().enumerate().filter(|(_, (at, _))| *at <= self.now);
            let Some(next) = due.min_by_key(|(i, (at, _))| (*at, *i)).map(|(i, _)| i) else { return };
            let (_, event) = self.todo.remove(next);
            self.must(&event);
        }
    }

    /// Runs until the prompt is as wanted; says what it was when it never came.
    pub(super) fn until(&mut self, seconds: u64, wanted: impl Fn(&Prompt) -> bool) {
        for _ in 0..seconds * 10 {
            if wanted(&self.p.prompt()) {
                return;
            }
            self.run(Span::from_millis(100));
        }
        panic!(
            "still {:?} in {:?}; alarms {:?}",
            self.p.prompt(),
            self.p.phase(),
            self.p.view(self.now).alarms
        );
    }

    /// What a nurse does about a prompt. False when there is only waiting.
    pub(super) fn answer(&mut self) -> bool {
        let prompt = self.p.prompt();
        if let Prompt::Scan { wanted, again } = prompt {
            self.scan_for(wanted, again);
            return true;
        }
        if prompt == Prompt::PrepareArm {
            self.must(&act(Act::ArmReady(self.arm)));
            return true;
        }
        if prompt == Prompt::SecondAttempt {
            self.second_attempt();
            return true;
        }
        if prompt == Prompt::ReadForm {
            let seen = PersonAct {
                act: Act::FormSeen(FORM),
                by: Some(operator("1001")),
                second: Some(operator("1002")),
            };
            self.must(&Event::Act(seen));
            return true;
        }
        if let Prompt::ByHand(step) = prompt {
            let (tool, note) = ("hand sealer, cutter".to_owned(), "the device does not work".to_owned());
            self.must(&two(Act::ByHand { step, tool, note }));
            return true;
        }
        let Some(primary) = prompt.primary() else { return false };
        self.must(&act(primary));
        true
    }

    pub(super) fn scan_for(&mut self, wanted: ScanWanted, again: bool) {
        let bound = DinStanding::ThisDonation;
        let standing = if again || self.p.view(self.now).din.is_some() { bound } else { DinStanding::Free };
        let din = self.din;
        let text = match wanted {
            ScanWanted::Form => format!("={din}08"),
            ScanWanted::Bag => format!("={din}01"),
            ScanWanted::Tube(_) => {
                // Two tubes carry the same label: read too soon, it is one read twice.
                self.run(Span::from_secs(2));
                format!("={din}07")
            }
            ScanWanted::Item(n) => format!("={din}{:02}", n + 1),
            ScanWanted::BagCatalog | ScanWanted::BagLot | ScanWanted::BagExpiry => {
                for lot in ["=)1FE1234567", "&)0000LOT123", "=>030001"] {
                    self.must(&scanned(lot, DinStanding::Free));
                }
                return;
            }
        };
        self.must(&scanned(&text, standing));
    }

    /// Walks on, answering every prompt, until `stop` says so.
    pub(super) fn walk(&mut self, stop: impl Fn(&Self) -> bool) {
        for _ in 0..40_000 {
            if stop(self) {
                return;
            }
            if !self.answer() {
                self.run(Span::from_millis(100));
            } else {
                self.run(Span::from_millis(500));
            }
        }
        panic!(
            "still {:?} in {:?}; alarms {:?}",
            self.p.prompt(),
            self.p.phase(),
            self.p.view(self.now).alarms
        );
    }

    /// Both people and the donor agree, and the first needle goes into the bin; another kit hangs ready, with new labels unless
    /// the number stays.
    pub(super) fn second_attempt(&mut self) {
        self.must(&two(Act::SecondAttemptConsented));
        self.walk(|w| w.p.phase() == PhaseName::Label);
        if self.p.view(self.now).din.is_none() {
            self.din = SECOND_DIN;
        }
        self.arm = Arm::Right;
        (self.blood_mg, self.clip_closed, self.plug_broken) = (0, false, false);
        self.run(Span::from_secs(3));
    }

    /// The bag hangs on the tray again.
    pub(super) fn hang_bag_back(&mut self) {
        self.bag_on_tray = true;
    }

    pub(super) fn take_bag_away(&mut self) {
        self.bag_on_tray = false;
    }

    /// The clamp says where it stands.
    pub(super) fn clamp_stands(&mut self) {
        let position = if self.clamp_open { ClampPosition::Open } else { ClampPosition::Closed };
        self.must(&reading(DeviceKind::Clamp, Reading::Clamp(position)));
    }

    /// The clamp says closed and is not.
    pub(super) fn leak(&mut self) {
        self.clamp_open = true;
    }

    pub(super) fn stop_mixer(&mut self) {
        self.mixer = false;
    }

    /// The station starts again, and its devices answer.
    pub(super) fn restart(&mut self, restart: Restart) {
        self.must(&Event::Restarted(restart));
        self.devices_restarted();
    }

    /// The machine itself starts again: its clock begins anew.
    pub(super) fn reboot(&mut self) {
        self.now = Mono(20_000_000);
        self.restart(Restart { gap: None, ..SOUND });
    }

    /// Nothing is seen for so long.
    pub(super) fn outage(&mut self, span: Span) {
        self.now = self.now + span;
    }

    /// Every device was driven safe and answers again.
    pub(super) fn devices_restarted(&mut self) {
        self.devices_restarted_with(None);
    }

    /// The same, with a sealer of this serial number.
    pub(super) fn devices_restarted_with(&mut self, sealer: Option<DeviceSerial>) {
        self.mixer = false;
        self.clamp_open = false;
        self.todo.clear();
        for kind in DeviceKind::ALL {
            if kind != DeviceKind::Diverter && kind != DeviceKind::Sampler {
                let serial = sealer.clone().filter(|_| kind == DeviceKind::Sealer);
                self.must(&reading(kind, Reading::Online { serial }));
            }
        }
        self.must(&reading(DeviceKind::Clamp, Reading::Clamp(ClampPosition::Closed)));
        self.run(Span::from_secs(1));
    }

    pub(super) fn open(&mut self) {
        self.open_with(Settings::default());
    }

    pub(super) fn open_with(&mut self, settings: Settings) {
        self.run(Span::from_secs(1));
        self.pouch_beside = !settings.pouch_on_tray;
        self.must(&Event::Opened(Box::new(opening(settings))));
    }

    pub(super) fn holds(&self, code: AlarmCode) -> bool {
        self.p.view(self.now).alarms.iter().any(|a| a.code == code && a.holds)
    }

    /// Whether the machine holds the needle for in.
    pub(super) fn needle_said_in(&self) -> bool {
        self.p.busy.as_ref().is_some_and(|busy| busy.donation.needle == Needle::In)
    }

    /// What this needle took, as the machine believes now.
    pub(super) fn taken(&self) -> Microlitres {
        self.p.busy.as_ref().map_or(Microlitres::ZERO, |busy| busy.donation.blood.taken(self.now))
    }

    pub(super) fn protects(&self, from: usize) -> Vec<Actuation> {
        let protect = |c: &Command| if let Command::Protect(a) = c { Some(*a) } else { None };
        self.commands.get(from..).unwrap_or_default().iter().filter_map(protect).collect()
    }

    pub(super) fn din() -> Din {
        Din::new(DIN).unwrap()
    }
}
