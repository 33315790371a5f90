//! Requests of people at a terminal: acts, calls, typed labels.
//!
//! Owns: staleness (what a person decided on must still be so), who is taken to act, when the answer may be given. Refuses:
//! an act on a bed that has changed since, except the protective ones: those are anyone's, at once, on any revision.

use super::Station;
use super::answers::{bad, not_durable, refused};
use super::entries::Mistyped;
use super::io::{ControlOp, Output, Token};
use super::paper::Paper;
use crate::clock::Stamp;
use station::api::{Answer, ApiError, ErrorCode, TypedPerson};
use station::ident::{LabelKind, OperatorId};
use station::procedure::CheckKind;
use station::procedure::event::{Act, ActingOperator, Event, PersonAct, ScanVia};
use station::procedure::refusal::{Refusal, Typing};
use zeroize::Zeroize as _;

/// The second person, when that person's role may be one at a bed.
pub(super) fn qualified(kind: CheckKind, second: ActingOperator) -> Result<OperatorId, ApiError> {
    if kind.qualifies(second.role) { Ok(second.id) } else { Err(refused(Refusal::RoleForbids(second.role))) }
}

impl Station {
    pub(super) fn request(
        &mut self,
        now: Stamp,
        token: Token,
        by: Option<ActingOperator>,
        second: Option<ActingOperator>,
        op: ControlOp,
    ) {
        let protective = op.is_protective();
        let before = self.pen.next_seq();
        let result = match (self.admit(&op, protective), op) {
            (Err(error), _) => Err(error),
            (Ok(at), ControlOp::Act { act, .. }) => self.act(at, now, by, second, act, protective),
            (Ok(at), ControlOp::Call { queue, programme_ml, .. }) => {
                self.call(at, now, by, &queue, programme_ml)
            }
            (Ok(at), ControlOp::TypedIdentity { person, .. }) => self.identified(at, now, by, second, person),
            (Ok(at), ControlOp::TypedLabel { label, text, again, .. }) => {
                self.typed(at, now, by, second, label, [&text, &again])
            }
            (Ok(_), ControlOp::Look(look)) => self.look(now, by, look),
            (Ok(_), ControlOp::Shift(ask)) => self.shift_asked(now, by, second, ask),
            (Ok(_), ControlOp::Correct(ask, present)) => self.correct(now, by, second, ask, &present),
            (Ok(_), ControlOp::AfterClosing { envelope, what }) => {
                self.after_closing(now, by, *envelope, what)
            }
            (Ok(_), ControlOp::RestOver { donation }) => self.rest_over(now, by, donation),
            (Ok(_), ControlOp::EnterLater { form, donor, again, compared }) => {
                self.enter_later(now, (by, second), &Paper { form, donor, again, compared })
            }
        };
        if self.pen.next_seq() == before {
            self.rest.push_back(Output::Answer { token, result });
        } else if self.pen.has_failed() {
            self.rest.push_back(Output::Answer { token, result: Err(not_durable()) });
        } else {
            self.pen.force();
            self.answers.hold(self.pen.last_seq(), token, result);
        }
    }

    /// Whether a request is taken at all, and for which bed; what is no bed's is said of the first.
    fn admit(&self, op: &ControlOp, protective: bool) -> Result<usize, ApiError> {
        let at = match op.bed() {
            None => 0,
            Some((bed, rev)) => {
                let at = self.at(bed).ok_or_else(|| bad(ErrorCode::NoSuchBed, "no such bed here"))?;
                if !protective && rev != self.slots[at].rev() {
                    return Err(bad(ErrorCode::Stale, "the bed has changed: look again"));
                }
                at
            }
        };
        if !protective && self.answers.are_full() {
            return Err(bad(ErrorCode::Busy, "too much waits for the disk: try again"));
        }
        Ok(at)
    }

    pub(super) fn act(
        &mut self,
        at: usize,
        now: Stamp,
        by: Option<ActingOperator>,
        second: Option<ActingOperator>,
        act: Act,
        protective: bool,
    ) -> Result<Answer, ApiError> {
        // Whoever stands beside it: what protects is done.
        let second = second.filter(|_| !act.needs_no_second());
        let second = second.map(|second| qualified(CheckKind::ByHand, second)).transpose()?;
        // A passer-by who stops a draw does not become its nurse; who it was is in the act.
        // Nor does one who only takes note of an alarm, or whose role may not act there: the nurse's permit would lapse.
        let noting = matches!(act, Act::Acknowledge(_) | Act::PauseAudio | Act::ResumeAudio);
        if let Some(by) = by.as_ref().filter(|_| !protective && !noting) {
            self.now_acting(at, now, by);
        }
        let event = PersonAct { act, by: by.map(|by| by.id), second };
        match self.feed(at, now, Event::Act(event)) {
            None => Ok(Answer::Done),
            Some(refusal) => Err(refused(refusal)),
        }
    }

    /// Makes a person the acting operator of a bed, unless it is so already. Whose role may not act there displaces nobody.
    pub(super) fn now_acting(&mut self, at: usize, now: Stamp, by: &ActingOperator) {
        let acting = self.slots[at].view(now.mono).and_then(|view| view.operator);
        if acting.as_ref() != Some(&by.id) && self.may_take_over(at, by).is_ok() {
            self.feed(at, now, Event::Operator(Some(by.clone())));
        }
    }

    /// Whether a person may become the acting operator of a bed. What such a person does there is not done in the nurse's
    /// name.
    fn may_take_over(&self, at: usize, by: &ActingOperator) -> Result<(), Refusal> {
        let acting = self.slots[at].acting.as_ref();
        let free = acting.is_none_or(|acting| acting.id == by.id);
        if by.role.may_permit() || free { Ok(()) } else { Err(Refusal::RoleForbids(by.role)) }
    }

    fn call(
        &mut self,
        at: usize,
        now: Stamp,
        by: Option<ActingOperator>,
        queue: &str,
        programme_ml: Option<u16>,
    ) -> Result<Answer, ApiError> {
        let Some(by) = by else { return Err(refused(Refusal::NoOperator)) };
        self.may_take_over(at, &by).map_err(refused)?;
        let Some(item) = self.worklist.iter().find(|item| item.queue == queue).cloned() else {
            return Err(bad(ErrorCode::NotInWorklist, "nobody in the worklist has this number"));
        };
        self.now_acting(at, now, &by);
        let donation = self.open_queued(at, now, &item, programme_ml).map_err(refused)?;
        self.now_acting(at, now, &by);
        Ok(Answer::Opened { donation })
    }

    /// A donor whose document was typed. What was typed is overwritten when this ends.
    fn identified(
        &mut self,
        at: usize,
        now: Stamp,
        by: Option<ActingOperator>,
        second: Option<ActingOperator>,
        mut person: TypedPerson,
    ) -> Result<Answer, ApiError> {
        let result = match (by, second) {
            (None, _) => Err(Refusal::NoOperator),
            (Some(_), None) => Err(Refusal::SecondPersonNeeded),
            (Some(by), Some(second)) if by.id == second.id => Err(Refusal::SamePerson),
            (Some(_), Some(second)) if !CheckKind::TypedIdentity.qualifies(second.role) => {
                Err(Refusal::RoleForbids(second.role))
            }
            (Some(by), Some(_)) if self.may_take_over(at, &by).is_err() => Err(Refusal::RoleForbids(by.role)),
            (Some(by), Some(second)) => {
                self.now_acting(at, now, &by);
                let opened = self.open_typed(at, now, &person, &second.id);
                self.now_acting(at, now, &by);
                opened
            }
        };
        for text in [&mut person.name, &mut person.number, &mut person.birth] {
            text.zeroize();
        }
        result.map(|donation| Answer::Opened { donation }).map_err(refused)
    }

    fn typed(
        &mut self,
        at: usize,
        now: Stamp,
        by: Option<ActingOperator>,
        second: Option<ActingOperator>,
        label: LabelKind,
        [text, again]: [&str; 2],
    ) -> Result<Answer, ApiError> {
        let Some(by) = by else { return Err(refused(Refusal::NoOperator)) };
        let Some(second) = second else { return Err(refused(Refusal::SecondPersonNeeded)) };
        let second = qualified(CheckKind::TypedDin, second)?;
        self.may_take_over(at, &by).map_err(refused)?;
        if second == by.id {
            return Err(refused(Refusal::SamePerson));
        }
        let content = match (label.read(text), label.read(again)) {
            (Some(first), Some(repeated)) if first == repeated => first,
            (Some(_) | None, Some(_) | None) => {
                let refusal = Refusal::Mistyped { first: Typing::of(text), second: Typing::of(again) };
                let body = Mistyped { by: by.id, second, refused: refusal.clone() };
                let bed = self.slots[at].bed;
                self.keep(Some(at), |pen| pen.write(now, Some(bed), &body));
                self.notice(at, refusal.clone());
                return Err(refused(refusal));
            }
        };
        self.now_acting(at, now, &by);
        match self.feed_scan(at, now, content, ScanVia::Typed { by: by.id, second }) {
            None => Ok(Answer::Done),
            Some(refusal) => Err(refused(refusal)),
        }
    }

    /// Shows at a bed why something was refused before its machine heard of it.
    pub(super) fn notice(&mut self, at: usize, refusal: Refusal) {
        let number = self.pen.next_seq();
        self.slots[at].notice(refusal, number);
    }

    /// A command barcode at a bed's scanner: protective ones are anyone's, the others are the bed's acting operator's.
    pub(super) fn barcode_act(&mut self, at: usize, now: Stamp, act: Act) {
        let acting = self.slots[at].view(now.mono).and_then(|view| view.operator);
        let by = if act.is_protective() { None } else { acting };
        self.feed(at, now, Event::Act(PersonAct { act, by, second: None }));
    }
}
