//! No name and no number of a person is in the journal or on a screen.
//!
//! Owns: the search. Refuses: to know what a sealed blob holds. Names of one character in Chinese are too short to be found by chance
//! elsewhere, so whole names are looked for.

use super::{Checker, Findings};
use crate::explore::seen::{End, Scene, Seen};

const NAME: &str = "privacy";
/// Every so many pictures one is looked through.
const EACH: u32 = 100;

/// See the file.
#[derive(Debug, Default)]
pub(super) struct PrivacyChecker {
    shown: u32,
}

impl Checker for PrivacyChecker {
    fn see(&mut self, scene: &Scene<'_>, seen: &Seen<'_>, findings: &mut Findings) {
        let Seen::Shown(snapshot) = seen else { return };
        self.shown += 1;
        if !self.shown.is_multiple_of(EACH) {
            return;
        }
        findings.reached("privacy: screens searched");
        let text = serde_json::to_string(snapshot).unwrap_or_default();
        for donor in scene.site.donors() {
            if text.contains(&donor.person.number) || text.contains(&donor.person.name) {
                findings.broken(NAME, format!("a screen names the donor of {}", donor.queue));
            }
        }
    }

    fn end(&mut self, scene: &Scene<'_>, end: &End<'_>, findings: &mut Findings) {
        findings.reached("privacy: journals searched");
        for (file, bytes) in end.disk.files() {
            let text = String::from_utf8_lossy(&bytes);
            for donor in scene.site.donors() {
                if text.contains(&donor.person.number) || text.contains(&donor.person.name) {
                    findings.broken(NAME, format!("{file} names the donor of {}", donor.queue));
                }
            }
        }
    }
}
