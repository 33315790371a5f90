//! What to send next, and when to try again. Sans-IO: time passed in, answers passed in.
//!
//! Owns: order (alarms and reactions before records before telemetry, then oldest first), one record in flight, back-off.
//! Refuses: dropping anything; a refused record stays, is tried again rarely and is counted, for people to see.
//! A crash loses nothing but the waiting times.

use serde::{Deserialize, Serialize};
use station::ident::RecordId;
use station::measure::{Mono, Span};
use std::collections::BTreeMap;

/// Urgency of a record; the first goes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Class {
    /// Alarms and donor reactions.
    Alarm,
    /// Donation records and their corrections.
    Record,
    /// Everything that only informs.
    Telemetry,
}

/// A record in the station's care.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// Its name.
    pub id: RecordId,
    /// SHA-256 of the frozen bytes, lower-case hexadecimal.
    pub sha256: String,
    /// How urgent.
    pub class: Class,
    /// Journal entry that holds the frozen bytes.
    pub seq: u64,
}

/// What came of one sending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SendOutcome {
    /// The receiver echoed this id and this hash.
    Acknowledged(super::Acknowledgement),
    /// The receiver answered, and will not have this record; the text is for people (at most 200 characters).
    Refused(String),
    /// No answer, or one that says nothing about this record: the way to the receiver is not open.
    Unreachable(String),
    /// The receiver answered that it failed on this record: it may fail on it again, and not on the others.
    Troubled(String),
    /// The frozen bytes could not be read here; nothing was sent.
    Unreadable(String),
}

/// What the outbox made of an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Acknowledged with equal id and hash: journal it, then forget the record.
    Delivered(Pending),
    /// Stays in care; why, for the log.
    Kept(String),
}

/// Bounds of the retries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutboxSettings {
    /// First wait after the receiver was not reached; doubles each time.
    pub first_wait: Span,
    /// Longest wait after the receiver was not reached.
    pub longest_wait: Span,
    /// Wait before a refused record is tried again.
    pub refused_wait: Span,
}

impl Default for OutboxSettings {
    fn default() -> Self {
        Self {
            first_wait: Span::from_secs(1),
            longest_wait: Span::from_mins(5),
            refused_wait: Span::from_mins(60),
        }
    }
}

#[derive(Debug)]
struct Item {
    pending: Pending,
    not_before: Mono,
    /// How often the receiver failed on it.
    troubles: u32,
}

/// The records in the station's care.
#[derive(Debug)]
pub struct Outbox {
    settings: OutboxSettings,
    items: BTreeMap<(Class, u64), Item>,
    in_flight: Option<(Class, u64)>,
    failures: u32,
    link_not_before: Mono,
    delivered: u32,
    online: bool,
}

impl Outbox {
    /// An empty outbox.
    pub fn new(settings: OutboxSettings) -> Self {
        Self {
            settings,
            items: BTreeMap::new(),
            in_flight: None,
            failures: 0,
            link_not_before: Mono(0),
            delivered: 0,
            online: false,
        }
    }

    /// Takes a record into care. Taking the same one twice changes nothing.
    pub fn take(&mut self, pending: Pending) {
        let key = (pending.class, pending.seq);
        self.items.entry(key).or_insert(Item { pending, not_before: Mono(0), troubles: 0 });
    }

    /// The record to send now; `None` while one is in flight, nothing waits, or it is too early. The caller sends it and
    /// reports with [`Outbox::handle`].
    pub fn poll_send(&mut self, now: Mono) -> Option<Pending> {
        if self.in_flight.is_some() || now < self.link_not_before {
            return None;
        }
        let (key, item) = self.items.iter().find(|(_, item)| item.not_before <= now)?;
        self.in_flight = Some(*key);
        Some(item.pending.clone())
    }

    /// Takes the outcome for the record in flight.
    pub fn handle(&mut self, now: Mono, outcome: SendOutcome) -> Settled {
        let in_flight = self.in_flight.take();
        let Some((key, item)) = in_flight.and_then(|key| Some((key, self.items.get_mut(&key)?))) else {
            return Settled::Kept("an outcome without a record in flight".to_owned());
        };
        match outcome {
            SendOutcome::Acknowledged(ack) => {
                self.online = true;
                self.failures = 0;
                let id = item.pending.id.to_string();
                if ack.id == id && ack.sha256 == item.pending.sha256 {
                    let pending = item.pending.clone();
                    self.items.remove(&(pending.class, pending.seq));
                    self.delivered = self.delivered.saturating_add(1);
                    return Settled::Delivered(pending);
                }
                item.not_before = now + self.settings.refused_wait;
                Settled::Kept(format!("{id}: acknowledged as {} with hash {}, not ours", ack.id, ack.sha256))
            }
            SendOutcome::Refused(text) => {
                self.online = true;
                self.failures = 0;
                item.not_before = now + self.settings.refused_wait;
                Settled::Kept(format!("{}: refused: {text}", item.pending.id))
            }
            SendOutcome::Unreadable(text) => {
                item.not_before = now + self.settings.refused_wait;
                Settled::Kept(format!("{}: not read back: {text}", item.pending.id))
            }
            SendOutcome::Unreachable(text) => {
                self.link_rests(now);
                Settled::Kept(format!("not reached: {text}"))
            }
            SendOutcome::Troubled(text) => {
                let (troubles, id) = (item.troubles, item.pending.id.to_string());
                item.troubles = troubles.saturating_add(1);
                let link = self.link_rests(now);
                // Longer than the link, so that the next record has its turn before this one comes again.
                if let Some(item) = self.items.get_mut(&key) {
                    item.not_before =
                        now + link + doubled(self.settings.first_wait, troubles, self.settings.refused_wait);
                }
                Settled::Kept(format!("{id}: the receiver failed: {text}"))
            }
        }
    }

    /// Nothing is sent for a while, longer each time.
    fn link_rests(&mut self, now: Mono) -> Span {
        self.online = false;
        let wait = doubled(self.settings.first_wait, self.failures, self.settings.longest_wait);
        self.link_not_before = now + wait;
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// When [`Outbox::poll_send`] is worth asking again; `None` while it waits for an outcome or has nothing.
    pub fn next_timeout(&self) -> Option<Mono> {
        if self.in_flight.is_some() {
            return None;
        }
        self.items.values().map(|i| i.not_before.max(self.link_not_before)).min()
    }

    /// How many are in care.
    pub fn waiting(&self) -> u32 {
        u32::try_from(self.items.len()).unwrap_or(u32::MAX)
    }
    /// How many were delivered since the start.
    pub fn delivered(&self) -> u32 {
        self.delivered
    }
    /// The receiver was reached, or not, by something else than a record: a station with nothing to send is not offline.
    pub fn reached(&mut self, reached: bool) {
        self.online = reached;
    }
    /// Whether the receiver answered last time.
    pub fn online(&self) -> bool {
        self.online
    }
}

fn doubled(first: Span, times: u32, longest: Span) -> Span {
    Span(first.0.saturating_mul(1 << times.min(20)).min(longest.0))
}

#[cfg(test)]
mod tests {
    use super::super::Acknowledgement;
    use super::*;
    use station::ident::{DonationId, StationId};

    fn pending(seq: u64, class: Class) -> Pending {
        let station = StationId::new("S1").unwrap();
        let id = RecordId { station, donation: DonationId(seq), version: 1 };
        Pending { id, sha256: format!("{seq:064x}"), class, seq }
    }
    fn ack(p: &Pending) -> SendOutcome {
        SendOutcome::Acknowledged(Acknowledgement { id: p.id.to_string(), sha256: p.sha256.clone() })
    }

    #[test]
    fn alarms_go_first_then_the_oldest() {
        let mut o = Outbox::new(OutboxSettings::default());
        for p in [
            pending(1, Class::Telemetry),
            pending(2, Class::Record),
            pending(3, Class::Record),
            pending(9, Class::Alarm),
        ] {
            o.take(p);
        }
        let mut order = vec![];
        while let Some(p) = o.poll_send(Mono(0)) {
            order.push(p.seq);
            assert!(matches!(o.handle(Mono(0), ack(&p)), Settled::Delivered(_)));
        }
        assert_eq!((order, o.delivered(), o.waiting()), (vec![9, 2, 3, 1], 4, 0));
    }

    #[test]
    fn one_is_in_flight_at_a_time() {
        let mut o = Outbox::new(OutboxSettings::default());
        o.take(pending(1, Class::Record));
        o.take(pending(2, Class::Record));
        assert!(o.poll_send(Mono(0)).is_some());
        assert_eq!(o.poll_send(Mono(0)), None);
        assert_eq!(o.next_timeout(), None);
    }

    #[test]
    fn a_wrong_hash_or_a_foreign_id_acknowledges_nothing() {
        let mut o = Outbox::new(OutboxSettings::default());
        let p = pending(1, Class::Record);
        o.take(p.clone());
        for (id, sha256) in [(p.id.to_string(), "00".repeat(32)), ("S1/2/1".to_owned(), p.sha256.clone())] {
            let now = o.next_timeout().unwrap();
            assert!(o.poll_send(now).is_some());
            let settled = o.handle(now, SendOutcome::Acknowledged(Acknowledgement { id, sha256 }));
            assert!(matches!(settled, Settled::Kept(_)));
            assert_eq!(o.waiting(), 1);
        }
    }

    #[test]
    fn an_unreachable_receiver_is_tried_at_doubling_waits_up_to_the_longest() {
        let mut o = Outbox::new(OutboxSettings::default());
        o.take(pending(1, Class::Record));
        let mut now = Mono(0);
        let mut waits = vec![];
        for _ in 0..12 {
            assert!(o.poll_send(now).is_some());
            o.handle(now, SendOutcome::Unreachable("refused".into()));
            let next = o.next_timeout().unwrap();
            waits.push(next.since(now).as_secs());
            now = next;
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300]);
    }

    #[test]
    fn a_record_on_which_the_receiver_fails_does_not_hold_up_the_others() {
        let mut o = Outbox::new(OutboxSettings::default());
        for n in 1..=3 {
            o.take(pending(n, Class::Record));
        }
        let (mut now, mut waits, mut delivered) = (Mono(0), vec![], vec![]);
        for _ in 0..8 {
            let p = o.poll_send(now).unwrap();
            if p.seq == 1 {
                waits.push(now.0 / 1_000_000);
                o.handle(now, SendOutcome::Troubled("500".into()));
            } else {
                delivered.push(p.seq);
                assert!(matches!(o.handle(now, ack(&p)), Settled::Delivered(_)));
            }
            now = o.next_timeout().unwrap();
        }
        assert_eq!(delivered, [2, 3]);
        assert!(waits.windows(3).all(|w| w[2] - w[1] > w[1] - w[0]), "ever later: {waits:?}");
    }

    #[test]
    fn a_refused_record_stays_and_does_not_hold_up_the_others() {
        let mut o = Outbox::new(OutboxSettings::default());
        o.take(pending(1, Class::Record));
        o.take(pending(2, Class::Record));
        assert_eq!(o.poll_send(Mono(0)).unwrap().seq, 1);
        o.handle(Mono(0), SendOutcome::Refused("unknown product".into()));
        assert_eq!(o.poll_send(Mono(0)).unwrap().seq, 2);
        o.handle(Mono(0), ack(&pending(2, Class::Record)));
        assert_eq!(o.waiting(), 1);
        assert_eq!(o.next_timeout(), Some(Mono(0) + Span::from_mins(60)));
    }
}
