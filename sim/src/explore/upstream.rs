//! The way to the BMS in virtual time: the product's outbox and its reading of answers, a BMS without a network between.
//!
//! Owns: how long an answer takes, and what the BMS holds. Refuses: to judge an answer by itself. An answer that is on its
//! way when the computer dies is lost; what the BMS has kept by then stays.

use crate::bms::book::{Book, Verdict};
use crate::headless::records::Records;
use crate::prng::Rng;
use controller::clock::Stamp;
use controller::control::io::Input;
use controller::eligibility::{self, Question};
use controller::upstream::https::judge;
use controller::upstream::{SendOutcome, Transport};
use controller::worklist::{Intake, WorklistError};
use station::ident::DonationId;
use station::measure::{Mono, Span};
use station::procedure::eligibility::EligibilityAnswer;

/// The worklist is fetched this often.
const FETCH: Span = Span::from_secs(60);
/// Whoever does not answer is given up after this.
const PATIENCE: Span = Span::from_secs(10);

/// The BMS and the way to it.
pub struct Upstream {
    rng: Rng,
    /// What the BMS has.
    pub book: Book,
    answer: Option<(Mono, SendOutcome)>,
    asked: Vec<(Mono, DonationId, Option<EligibilityAnswer>)>,
    next_fetch: Mono,
    /// Nothing reaches it, and nothing comes back.
    pub gone: bool,
}

/// One record handed over.
struct Hand<'a> {
    book: &'a mut Book,
    gone: bool,
    silent: bool,
}

impl Transport for Hand<'_> {
    fn send(&mut self, id: &str, sha256: &str, canonical: &[u8]) -> SendOutcome {
        if self.gone {
            self.silent = true;
            return SendOutcome::Unreachable("no connection".to_owned());
        }
        match self.book.post(Some(id), Some(sha256), canonical) {
            Verdict::Answer(status, text) => judge(status, &text),
            Verdict::Silence | Verdict::Close => {
                self.silent = true;
                SendOutcome::Unreachable("no answer".to_owned())
            }
        }
    }
}

impl Upstream {
    /// A BMS that has this book.
    pub fn new(seed: u64, book: Book) -> Self {
        let rng = Rng::named(seed, "bms");
        Self { rng, book, answer: None, asked: Vec::new(), next_fetch: Mono(0), gone: false }
    }

    /// The computer has started: nothing is on its way.
    pub fn restart(&mut self) {
        self.answer = None;
        self.asked.clear();
        self.next_fetch = Mono(0);
    }

    fn delay(&mut self) -> Span {
        Span(self.rng.range(5_000, 300_000))
    }

    /// Asks about a donor.
    pub fn ask(&mut self, now: Mono, station: &str, question: &Question) {
        let gone = self.gone;
        let answer = match self.book.eligibility(question.json(station).as_bytes()) {
            Verdict::Answer(200, text) if !gone => eligibility::read(&text, &question.donor).ok(),
            Verdict::Answer(..) | Verdict::Silence | Verdict::Close => None,
        };
        let wait = if answer.is_some() { self.delay() } else { PATIENCE };
        self.asked.push((now + wait, question.donation, answer));
    }

    /// When it has something to do.
    pub fn next_timeout(&self, records: &Records) -> Option<Mono> {
        let answer = self.answer.as_ref().map(|(at, _)| *at);
        let send = if answer.is_none() { records.next_send() } else { None };
        let asked = self.asked.iter().map(|(at, _, _)| *at);
        asked.chain(answer).chain(send).chain([self.next_fetch]).min()
    }

    /// Does what is due.
    ///
    /// # Errors
    /// [`WorklistError`] for a list that cannot be read.
    pub fn turn(
        &mut self,
        now: Stamp,
        records: &mut Records,
        intake: &mut Intake,
    ) -> Result<Vec<Input>, WorklistError> {
        let mut inputs = Vec::new();
        if now.mono >= self.next_fetch {
            self.next_fetch = now.mono + FETCH;
            if !self.gone {
                inputs.extend(intake.take(now, self.book.worklist_json())?.inputs);
            }
        }
        let due = |at: Mono| at <= now.mono;
        for (_, donation, answer) in self.asked.extract_if(.., |(at, _, _)| due(*at)) {
            inputs.push(Input::Eligibility { donation, answer });
        }
        if self.answer.as_ref().is_some_and(|(at, _)| due(*at))
            && let Some((_, outcome)) = self.answer.take()
        {
            inputs.extend(records.sent(now, outcome));
        }
        if self.answer.is_none()
            && let Some(parcel) = records.begin_send(now.mono)
        {
            let mut hand = Hand { book: &mut self.book, gone: self.gone, silent: false };
            let outcome = parcel.send(&mut hand);
            let wait = if hand.silent { PATIENCE } else { self.delay() };
            self.answer = Some((now.mono + wait, outcome));
        }
        Ok(inputs)
    }
}
