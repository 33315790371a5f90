//! Nobody has to be known to protect, and only who may gets a permit; one person is not two; everybody is answered, and with
//! "done" only what is on the disk.
//!
//! Owns: which acts protect and which move blood, heat or a blade. Refuses: the station's own table of roles.

use super::{Checker, Findings};
use crate::explore::seen::{Asked, End, Scene, Seen, Typed};
use station::api::ErrorCode;
use station::procedure::event::{Act, Role};
use std::collections::{BTreeMap, BTreeSet};

const NAME: &str = "people";

/// See the file.
#[derive(Debug, Default)]
pub(super) struct PeopleChecker {
    open: BTreeMap<u64, Asked>,
    /// Labels that were typed, and what was asked of the shift.
    others: BTreeSet<u64>,
    /// The entry that was handed to the disk first after each request.
    handed: BTreeMap<u64, u64>,
    /// The last durable entry.
    durable: u64,
}

fn protects(act: &Act) -> bool {
    matches!(
        act,
        Act::Pause | Act::Clamp | Act::EndDraw | Act::NeedleOut | Act::EmergencyStop | Act::CallForHelp
    )
}

fn moves(act: &Act) -> bool {
    matches!(act, Act::NeedleIn | Act::Resume | Act::Seal | Act::Separate | Act::StripTubing | Act::BagPlaced)
}

impl Checker for PeopleChecker {
    fn see(&mut self, _: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        match seen {
            Seen::Asked(asked) => {
                self.open.insert(asked.token, (*asked).clone());
            }
            Seen::Answered(token, result) => {
                if self.others.remove(token) {
                    return;
                }
                let Some(asked) = self.open.remove(token) else {
                    findings.broken(NAME, format!("request {token} is answered twice, or was never asked"));
                    return;
                };
                let Asked { bed, act, by, stale, alone, .. } = asked;
                if alone {
                    findings.reached("people: one person twice");
                }
                let entry = self.handed.remove(token);
                if result.is_ok() && entry.is_some_and(|entry| entry > self.durable) {
                    findings.broken(NAME, format!("bed {bed}: {act:?} is answered before it is on the disk"));
                }
                if protects(&act) {
                    findings.reached("people: protective acts answered");
                }
                match result {
                    Err(error) if protects(&act) && error.code != ErrorCode::NotDurable => {
                        findings.broken(NAME, format!("bed {bed}: {act:?} was refused: {error}"));
                    }
                    Ok(_) if stale && !protects(&act) => {
                        findings.broken(NAME, format!("bed {bed}: {act:?} was taken on an old picture"));
                    }
                    Ok(_) if alone => {
                        findings
                            .broken(NAME, format!("bed {bed}: {act:?} was taken with one person for two"));
                    }
                    Ok(_) if moves(&act) => {
                        findings.reached("people: permits asked for and taken");
                        let may = by.is_some_and(|by| matches!(by.role, Role::Nurse | Role::Lead));
                        if !may {
                            findings.broken(NAME, format!("bed {bed}: {act:?} by somebody who may not"));
                        }
                    }
                    Ok(_) | Err(_) => {}
                }
            }
            // Whoever waited asks again at the new station.
            Seen::Stopped => {
                self.open.clear();
                self.others.clear();
                self.handed.clear();
            }
            Seen::Typed(Typed { token, .. }) | Seen::AskedShift(token, _) => {
                self.others.insert(*token);
            }
            Seen::Handed(last) => {
                for token in self.open.keys() {
                    self.handed.entry(*token).or_insert(*last);
                }
            }
            Seen::Line(line) => self.durable = line.seq,
            Seen::Passed
            | Seen::Did(..)
            | Seen::Scanned(..)
            | Seen::Ordered(..)
            | Seen::Shown(_)
            | Seen::Started => {}
        }
    }

    fn end(&mut self, _: &Scene<'_>, _: &End<'_>, findings: &mut Findings) {
        for asked in self.open.values() {
            findings.broken(NAME, format!("bed {}: {:?} was never answered", asked.bed, asked.act));
        }
    }
}
