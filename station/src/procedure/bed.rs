//! What belongs to a bed and outlives its donations: devices, the donor line, alarms, permits, timers, the panel.
//!
//! Owns: the one way in which orders leave the machine, and with it the epoch: every protect, fault and phase change raises
//! it. Refuses: a permit without an acting operator whose role may, and two permits for the same thing. Lost in a crash; a
//! replay makes it again.

use super::alarm::{AlarmCode, Alarms, Change};
use super::command::{Command, Epoch, Permit};
use super::event::{ActingOperator, PermitId};
use super::refusal::Refusal;
use super::senses::Senses;
use super::timers::{Timer, Timers};
use crate::api::prompt::Prompt;
use crate::device::{Actuation, ClampPosition, Signal};
use crate::ident::BedId;
use crate::measure::{Mono, Span};
use crate::shift::gates::NoStart;
use std::collections::VecDeque;

/// Time after which an unheeded order to close is given again.
const CLOSE_AGAIN: Span = Span::from_secs(1);
/// A mixer that gave home pulses and gives none for so long stands still.
const CYCLE_LIMIT: Span = Span::from_secs(12);
/// Time in which an actuation confirms when its table row names none.
const NO_DEADLINE: Span = Span::from_secs(1);

/// What the donor line should be doing, by what was ordered and proved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    /// Nothing is proved yet, nothing was opened.
    Unproved,
    /// Ordered and proved closed, or held closed by hand.
    Closed,
    /// Ordered closed, not yet proved.
    Closing,
    /// The order to open has left.
    Opening,
    /// Proved open.
    Open,
}

/// A permit at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Pending {
    id: PermitId,
    actuation: Actuation,
}

/// Facts about the station, as far as this bed was told.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Shared {
    pub(super) journal_slow: bool,
    pub(super) journal_failed: bool,
    pub(super) clock_untrusted: bool,
    pub(super) terminals_gone: bool,
    pub(super) no_start: Option<NoStart>,
}

/// One bed.
#[derive(Debug, Clone)]
pub(super) struct Bed {
    pub(super) id: BedId,
    pub(super) senses: Senses,
    pub(super) line: Line,
    /// The line is pinched by hand: as good as closed, whatever the switches say.
    pub(super) by_hand: bool,
    pub(super) mixer_wanted: bool,
    /// The tray did not turn although it was told to, and was stopped.
    pub(super) mixer_blocked: bool,
    /// The tray was turning when its contacts were lost: it turns again when they are back.
    pub(super) mixer_lost: bool,
    pub(super) emergency: bool,
    /// The machine failed once: no permits any more.
    pub(super) failed: bool,
    pub(super) shared: Shared,
    pub(super) operator: Option<ActingOperator>,
    pub(super) timers: Timers,
    /// How often people were called to the bed (60 s and 15 s before the target).
    pub(super) calls: u8,
    pub(super) binned: u32,
    pub(super) refused: Option<Refusal>,
    pub(super) permit_life: Span,
    /// How long the sound may be paused.
    pub(super) audio_pause: Span,
    /// What people were last asked, and since when.
    pub(super) prompted: Option<(Prompt, Mono)>,
    /// Alarms raised in this step, for the record.
    pub(super) raised: Vec<AlarmCode>,
    alarms: Alarms,
    out: VecDeque<Command>,
    pending: Vec<Pending>,
    next_permit: u32,
    epoch: Epoch,
    rev: u64,
    /// Lamp and buzzer as last ordered; none when the panel's state is unknown.
    panel: Option<(Signal, Signal)>,
}

impl Bed {
    pub(super) fn new(id: BedId) -> Self {
        Self {
            id,
            senses: Senses::default(),
            line: Line::Unproved,
            by_hand: false,
            mixer_wanted: false,
            mixer_blocked: false,
            mixer_lost: false,
            emergency: false,
            failed: false,
            shared: Shared::default(),
            operator: None,
            timers: Timers::default(),
            calls: 0,
            binned: 0,
            refused: None,
            permit_life: Span::from_millis(2000),
            audio_pause: Span::from_secs(120),
            prompted: None,
            raised: Vec::new(),
            alarms: Alarms::default(),
            out: VecDeque::new(),
            pending: Vec::new(),
            next_permit: 1,
            epoch: Epoch::default(),
            rev: 0,
            panel: Some((Signal::Off, Signal::Off)),
        }
    }

    pub(super) fn alarms(&self) -> &Alarms {
        &self.alarms
    }
    pub(super) fn epoch(&self) -> Epoch {
        self.epoch
    }
    pub(super) fn rev(&self) -> u64 {
        self.rev
    }
    pub(super) fn poll(&mut self) -> Option<Command> {
        self.out.pop_front()
    }

    /// Something that a person's decision could depend on has changed.
    pub(super) fn touch(&mut self) {
        self.rev = self.rev.saturating_add(1);
    }

    /// What was allowed before is not any more.
    pub(super) fn raise_epoch(&mut self) {
        self.epoch = Epoch(self.epoch.0.saturating_add(1));
        self.touch();
    }

    pub(super) fn tell(&mut self, command: Command) {
        self.out.push_back(command);
    }

    /// How many orders wait to be drained.
    pub(super) fn ordered(&self) -> usize {
        self.out.len()
    }

    /// Permits asked for by the very answer that changed the phase belong to the new phase.
    pub(super) fn restamp(&mut self, from: usize) {
        for command in self.out.iter_mut().skip(from) {
            if let Command::Permit(permit) = command {
                permit.epoch = self.epoch;
            }
        }
    }

    /// Orders something protective, at once.
    pub(super) fn protect(&mut self, actuation: Actuation) {
        let Some(command) = Command::protect(actuation) else { return };
        if actuation == Actuation::MixerStop {
            (self.mixer_wanted, self.mixer_lost) = (false, false);
            self.timers.disarm(Timer::MixerStarting);
        }
        self.raise_epoch();
        self.out.push_back(command);
    }

    /// Orders the clamp closed, whatever it is believed to be, and watches for the proof.
    pub(super) fn close_clamp(&mut self, now: Mono) {
        self.protect(Actuation::ClampClose);
        self.timers.disarm(Timer::ClampOpening);
        // A position said before the order to open left, or before the last order to close, proves nothing.
        let stands = match self.line {
            Line::Unproved | Line::Open => self.senses.clamp() == Some(ClampPosition::Closed),
            Line::Closed => self.proved_closed(),
            Line::Closing | Line::Opening => false,
        };
        if stands {
            self.line = Line::Closed;
            return;
        }
        let deadline = if self.line == Line::Closing { CLOSE_AGAIN } else { limit_of(Actuation::ClampClose) };
        self.line = Line::Closing;
        self.timers.arm(Timer::ClampClosing, now + deadline);
    }

    /// Follows the clamp's own word. True when this proves the end of an ordered move.
    pub(super) fn follow_clamp(&mut self, now: Mono) -> bool {
        let position = self.senses.clamp();
        match (self.line, position) {
            (Line::Unproved | Line::Closing, Some(ClampPosition::Closed)) => {
                self.line = Line::Closed;
                self.timers.disarm(Timer::ClampClosing);
                self.set(AlarmCode::ClampNotClosed, false, now);
                true
            }
            (Line::Opening, Some(ClampPosition::Open)) => {
                self.line = Line::Open;
                self.by_hand = false;
                self.timers.disarm(Timer::ClampOpening);
                self.set(AlarmCode::ClampNotOpen, false, now);
                true
            }
            (
                Line::Unproved | Line::Closed | Line::Closing | Line::Opening | Line::Open,
                Some(
                    ClampPosition::Closed
                    | ClampPosition::Open
                    | ClampPosition::Between
                    | ClampPosition::Contradiction,
                )
                | None,
            ) => false,
        }
    }

    /// The line is pinched by hand.
    pub(super) fn pinched(&mut self, now: Mono) {
        self.by_hand = true;
        self.line = Line::Closed;
        self.timers.disarm(Timer::ClampClosing);
        self.set(AlarmCode::ClampNotClosed, false, now);
    }

    /// Whether no blood can pass the clamp: its own proof, or a hand.
    pub(super) fn proved_closed(&self) -> bool {
        self.line == Line::Closed && (self.by_hand || self.senses.clamp() == Some(ClampPosition::Closed))
    }

    /// Whether the clamp itself proves that it is closed: what it has to do for heat on the line, and before it may open.
    pub(super) fn clamp_proves_closed(&self) -> bool {
        self.line == Line::Closed && self.senses.clamp() == Some(ClampPosition::Closed)
    }

    /// Nobody is known to hold the line any more.
    pub(super) fn let_go(&mut self) {
        self.by_hand = false;
    }

    /// Asks for a permit in the name of the acting operator.
    ///
    /// # Errors
    /// [`Refusal`] when nobody may, when records cannot be kept, or when one is already at the gate.
    pub(super) fn request(&mut self, now: Mono, actuation: Actuation) -> Result<(), Refusal> {
        self.may_permit()?;
        if self.pending.iter().any(|p| p.actuation == actuation) {
            return Err(Refusal::UnderWay);
        }
        let id = PermitId(self.next_permit);
        self.next_permit = self.next_permit.wrapping_add(1);
        self.pending.push(Pending { id, actuation });
        let permit = Permit { id, actuation, epoch: self.epoch, expires: now + self.permit_life };
        self.out.push_back(Command::Permit(permit));
        self.touch();
        Ok(())
    }

    /// Whether what happens here is kept and this bed's program works: else no permit leaves, and no needle follows a kit.
    pub(super) fn keeps_records(&self) -> bool {
        !self.shared.journal_failed && !self.failed
    }

    /// Whether any permit may be asked for or fired at all.
    pub(super) fn may_permit(&self) -> Result<(), Refusal> {
        self.acting()?;
        if self.emergency || self.senses.emergency_pressed() {
            return Err(Refusal::EmergencyStop);
        }
        if !self.keeps_records() {
            return Err(Refusal::JournalFailed);
        }
        Ok(())
    }

    /// The acting operator, when that person's role may act at a bed with a donor.
    pub(super) fn acting(&self) -> Result<&ActingOperator, Refusal> {
        let operator = self.operator.as_ref().ok_or(Refusal::NoOperator)?;
        if operator.role.may_permit() { Ok(operator) } else { Err(Refusal::RoleForbids(operator.role)) }
    }

    /// Takes a permit off the gate; `None` when it is not one of ours any more.
    pub(super) fn take_permit(&mut self, id: PermitId) -> Option<Actuation> {
        let at = self.pending.iter().position(|p| p.id == id)?;
        Some(self.pending.remove(at).actuation)
    }

    /// Forgets every permit at the gate, as after a restart.
    pub(super) fn drop_permits(&mut self) {
        self.pending.clear();
    }

    /// Whether a permit for this is at the gate.
    pub(super) fn asked(&self, actuation: Actuation) -> bool {
        self.pending.iter().any(|p| p.actuation == actuation)
    }

    /// Whether any permit is at the gate.
    pub(super) fn any_asked(&self) -> bool {
        !self.pending.is_empty()
    }

    /// Notes that a permit has left: what of the bed itself follows.
    pub(super) fn fired(&mut self, now: Mono, actuation: Actuation) {
        match actuation {
            Actuation::ClampOpen => {
                self.line = Line::Opening;
                self.by_hand = false;
                self.timers.arm(Timer::ClampOpening, now + limit_of(actuation));
            }
            Actuation::MixerRun => {
                self.mixer_wanted = true;
                (self.mixer_blocked, self.mixer_lost) = (false, false);
                self.timers.arm(Timer::MixerStarting, now + limit_of(actuation));
            }
            Actuation::DivertToBag => self.timers.arm(Timer::Diverting, now + limit_of(actuation)),
            Actuation::Seal => self.timers.arm(Timer::Sealing, now + limit_of(actuation)),
            Actuation::Separate => self.timers.arm(Timer::Separating, now + limit_of(actuation)),
            Actuation::ClampClose
            | Actuation::MixerStop
            | Actuation::DivertToPouch
            | Actuation::SealerDisable
            | Actuation::SeparatorDisable
            | Actuation::Lamp(_)
            | Actuation::Buzzer(_)
            | Actuation::ScannerTrigger(_) => (),
        }
        self.touch();
    }

    /// The mixer gave a home pulse (true) or says that it turns.
    pub(super) fn mixer_alive(&mut self, now: Mono, pulse: bool) {
        if pulse && self.mixer_wanted {
            self.timers.arm(Timer::MixerStarting, now + CYCLE_LIMIT);
        } else {
            self.timers.disarm(Timer::MixerStarting);
        }
    }

    /// The tray stands although it was told to turn: it may be blocked, and is not forced.
    pub(super) fn mixer_stalled(&mut self) {
        self.senses.mixer_silent();
        if self.mixer_wanted {
            self.protect(Actuation::MixerStop);
            self.mixer_blocked = true;
        }
    }

    /// The mixer's contacts are lost: its output is off when they are back, whatever it was told before.
    pub(super) fn mixer_away(&mut self) {
        self.mixer_lost |= std::mem::take(&mut self.mixer_wanted);
        self.timers.disarm(Timer::MixerStarting);
    }

    /// Nothing that is to be mixed hangs on the tray any more.
    pub(super) fn rest_mixer(&mut self) {
        (self.mixer_blocked, self.mixer_lost) = (false, false);
        if self.mixer_wanted {
            self.protect(Actuation::MixerStop);
        }
    }

    /// Calls people to the bed. Called already, they hear it once more.
    pub(super) fn call(&mut self) {
        self.calls = self.calls.saturating_add(1);
        if let Some((_, buzzer @ Signal::Call)) = &mut self.panel {
            *buzzer = Signal::Off;
            self.out.push_back(Command::Protect(Actuation::Buzzer(Signal::Off)));
        }
        self.touch();
    }

    /// Says whether the condition of an alarm holds; tells people when that is new.
    pub(super) fn set(&mut self, code: AlarmCode, holds: bool, now: Mono) {
        match self.alarms.set(code, holds, now) {
            Change::Raised => {
                self.raised.push(code);
                self.tell(Command::Raise(code));
                self.touch();
            }
            Change::Cleared => {
                self.tell(Command::Clear(code));
                self.touch();
            }
            Change::None => (),
        }
    }

    /// A person knows of an alarm.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] when there is no such alarm.
    pub(super) fn acknowledge(&mut self, code: AlarmCode) -> Result<(), Refusal> {
        if self.alarms.acknowledge(code) {
            self.touch();
            Ok(())
        } else {
            Err(Refusal::NotNow)
        }
    }

    /// Pauses the sound of this bed's alarms.
    ///
    /// # Errors
    /// [`Refusal::NotNow`] when nothing sounds.
    pub(super) fn pause_audio(&mut self, now: Mono) -> Result<(), Refusal> {
        let until = now + self.audio_pause;
        if !self.alarms.pause_audio(until) {
            return Err(Refusal::NotNow);
        }
        self.timers.arm(Timer::AudioPause, until);
        self.touch();
        Ok(())
    }

    /// The sound comes back. False when it was not paused.
    pub(super) fn resume_audio(&mut self) -> bool {
        self.timers.disarm(Timer::AudioPause);
        let was = self.alarms.resume_audio();
        if was {
            self.touch();
        }
        was
    }

    /// What the panel shows is not known any more.
    pub(super) fn forget_panel(&mut self) {
        self.panel = None;
    }

    /// The donation is over: nothing of it concerns the bed any more. What is wrong with devices and station stays.
    pub(super) fn vacate(&mut self, now: Mono) {
        self.resume_audio();
        self.timers.clear();
        self.calls = 0;
        self.senses.accept_units();
        for code in AlarmCode::ALL.iter().filter(|code| !code.outlives_donation()) {
            self.set(*code, false, now);
        }
    }

    /// Brings lamp and buzzer in line with the alarms. The panel cannot harm, so it raises no epoch.
    pub(super) fn refresh_panel(&mut self) {
        let (mut lamp, mut buzzer) = self.alarms.signals();
        // A call is no alarm: it hides none, none that was acknowledged hides it, and a pause of the alarms is not its.
        if self.calls > 0 && lamp == Signal::Off {
            lamp = Signal::Call;
        }
        if self.calls > 0 && buzzer == Signal::Off {
            buzzer = Signal::Call;
        }
        if self.panel.map(|p| p.0) != Some(lamp) {
            self.out.push_back(Command::Protect(Actuation::Lamp(lamp)));
        }
        if self.panel.map(|p| p.1) != Some(buzzer) {
            self.out.push_back(Command::Protect(Actuation::Buzzer(buzzer)));
        }
        self.panel = Some((lamp, buzzer));
    }
}

fn limit_of(actuation: Actuation) -> Span {
    actuation.row().deadline.unwrap_or(NO_DEADLINE)
}
