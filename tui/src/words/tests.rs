//! Both languages say everything, in the room there is, without the words that must never be used.

use super::*;
use station::ident::{Din, DonationId};
use station::procedure::eligibility::{Deferral, NotEligible};
use station::procedure::event::Arm;
use station::procedure::refusal::Typing;
use unicode_width::UnicodeWidthStr;

const LANGUAGES: [Language; 2] = [Language::Zh, Language::En];
/// Columns inside the now and alarm areas of the smallest screen.
const NOW: usize = 52;
/// Columns inside the areas at the side of the smallest screen, behind a marker.
const SIDE: usize = 22;

const WANTED: [ScanWanted; 7] = [
    ScanWanted::Form,
    ScanWanted::Bag,
    ScanWanted::BagCatalog,
    ScanWanted::BagLot,
    ScanWanted::BagExpiry,
    ScanWanted::Item(8),
    ScanWanted::Tube(4),
];

pub(crate) fn prompts() -> Vec<Prompt> {
    let mut all = vec![
        Prompt::Identify,
        Prompt::ConfirmIdentity,
        Prompt::ReadForm,
        Prompt::WaitEligibility,
        Prompt::NotEligible(NotEligible::Told(Deferral::Deferred)),
        Prompt::NotEligible(NotEligible::Told(Deferral::Interval)),
        Prompt::NotEligible(NotEligible::Told(Deferral::ElsewhereToday)),
        Prompt::NotEligible(NotEligible::Interval { last: 20_000, again: 20_184 }),
        Prompt::NotEligible(NotEligible::DrawnToday),
        Prompt::NotEligible(NotEligible::Unasked),
        Prompt::NotEligible(NotEligible::ListTooOld { age_h: 100, max_h: 72 }),
        Prompt::LookAtBag,
        Prompt::PlaceBag,
        Prompt::NoNeedle,
        Prompt::Newer,
        Prompt::WaitPrepare,
        Prompt::PrepareArm,
        Prompt::AskAgain,
        Prompt::InsertNeedle,
        Prompt::SecondAttempt,
        Prompt::WaitClampOpen,
        Prompt::FillPouch { by_word: true },
        Prompt::FillPouch { by_word: false },
        Prompt::ClosePouchClip,
        Prompt::BreakPlug,
        Prompt::WaitDraw,
        Prompt::FillTube { tube: 4, inversions: 10, needle_stays: false },
        Prompt::FillTube { tube: 4, inversions: 10, needle_stays: true },
        Prompt::Paused,
        Prompt::EndAdvised,
        Prompt::WaitClampClosed,
        Prompt::PinchByHand,
        Prompt::ReleaseTourniquet,
        Prompt::TakeNeedleOut,
        Prompt::GuardNeedle,
        Prompt::Seal,
        Prompt::SealConnected,
        Prompt::WaitSeal,
        Prompt::InspectSeal,
        Prompt::Separate,
        Prompt::WaitSeparate,
        Prompt::InspectSeparation,
        Prompt::BinNeedle,
        Prompt::ReplaceBin,
        Prompt::Segments { count: 10, length_cm: 60 },
        Prompt::AcceptDisposition,
        Prompt::CareForDonor { why: AbortWhy::LabelMismatch },
        Prompt::Interrupted { may_resume: true },
        Prompt::Interrupted { may_resume: false },
        Prompt::EmergencyStop,
        Prompt::ClearBed,
    ];
    for again in [false, true] {
        for wanted in WANTED {
            all.push(Prompt::Scan { wanted, again });
        }
    }
    let steps = [HandStep::ClampClosed, HandStep::Sealed, HandStep::Separated, HandStep::Mixed];
    all.extend(steps.map(Prompt::ByHand));
    all.push(Prompt::ByHand(HandStep::Weighed { volume_ml: 0 }));
    all.push(Prompt::ByHand(HandStep::Diverted));
    all.push(Prompt::ByHand(HandStep::TubeFilled { tube: 8 }));
    all.push(Prompt::ByHand(HandStep::SegmentsSealed { count: 12 }));
    all
}

/// Not empty, not wider than its room, none of the forbidden words.
fn fits(text: &str, room: usize, about: &str) {
    assert!(!text.trim().is_empty(), "{about}: empty");
    assert!(text.width() <= room, "{about}: {} columns in {room}: {text}", text.width());
    for never in ["放行", "病人", "患者", "patient"] {
        assert!(!text.contains(never), "{about}: says {never}");
    }
}

#[test]
fn every_prompt_has_words_that_fit_the_now_area() {
    for language in LANGUAGES {
        for prompt in prompts() {
            let about = format!("{language:?} {prompt:?}");
            fits(&headline(language, &prompt, None), NOW, &about);
            if let Some(text) = detail(language, &prompt) {
                fits(text, NOW, &about);
            }
            if let Some(primary) = prompt.primary() {
                fits(&act(language, &primary), NOW - 8, &about);
                fits(&really(language, &primary), NOW, &about);
            }
        }
    }
}

/// Procedure 6.5, 6.6, 6.7: each alarm says what happened and what to do first, in both languages.
#[test]
fn every_alarm_says_what_happened_and_what_to_do_first() {
    for language in LANGUAGES {
        for code in AlarmCode::ALL {
            let about = format!("{language:?} {code:?}");
            // Marker, code, and "over" and "acknowledged" behind it.
            fits(alarm_what(language, *code), NOW - 8, &about);
            let advice = format!("  {}{}", text(language, Text::DoFirst), alarm_first(language, *code));
            fits(&advice, NOW, &about);
            assert_ne!(alarm_what(language, *code), alarm_first(language, *code), "{about}");
        }
    }
}

#[test]
fn texts_and_keys_are_there_in_both_languages() {
    for language in LANGUAGES {
        for which in Text::ALL {
            fits(text(language, *which), 90, &format!("{language:?} {which:?}"));
        }
        for which in Say::ALL {
            fits(say(language, *which), NOW + 8, &format!("{language:?} {which:?}"));
        }
        for which in Key::ALL {
            fits(key(language, *which), 20, &format!("{language:?} {which:?}"));
        }
    }
}

#[test]
fn lists_fit_the_side_and_the_forms() {
    let steps = [
        ChainStep::Identity,
        ChainStep::Labels,
        ChainStep::Prepare,
        ChainStep::Needle,
        ChainStep::Pouch,
        ChainStep::Draw,
        ChainStep::Samples,
        ChainStep::NeedleOut,
        ChainStep::Seal,
        ChainStep::Separate,
        ChainStep::Segments,
        ChainStep::Reconcile,
        ChainStep::Closed,
    ];
    let errors = [
        ErrorCode::Malformed,
        ErrorCode::TooLong,
        ErrorCode::Version,
        ErrorCode::Stale,
        ErrorCode::Refused,
        ErrorCode::Denied,
        ErrorCode::LockedOut,
        ErrorCode::NotSignedIn,
        ErrorCode::NoSuchBed,
        ErrorCode::NotInWorklist,
        ErrorCode::Busy,
        ErrorCode::NotDurable,
        ErrorCode::BadgeFirst,
    ];
    for language in LANGUAGES {
        for s in steps {
            fits(step(language, s), SIDE, &format!("{language:?} {s:?}"));
        }
        for kind in DeviceKind::ALL {
            fits(device(language, kind), 12, &format!("{language:?} {kind:?}"));
        }
        for code in errors {
            fits(error(language, code), NOW, &format!("{language:?} {code:?}"));
        }
        for arm in [Arm::Left, Arm::Right] {
            fits(&act(language, &Act::ArmReady(arm)), NOW - 8, "arm");
        }
        use crate::menu::Menu;
        let class = station::procedure::event::ReactionClass::Local;
        for menu in [
            Menu::Call([Some(200); 4]),
            Menu::Abort,
            Menu::Missing { tube: 1 },
            Menu::Class,
            Menu::Severity(class),
            Menu::ByHand { tube: Some(8) },
        ] {
            for (item, _) in menu.items(language) {
                fits(&item, NOW - 4, &format!("{language:?} {menu:?}"));
            }
        }
    }
}

/// Procedure 7.12: what becomes of a unit is never called its release, in either language.
#[test]
fn no_unit_is_called_released() {
    for language in LANGUAGES {
        for of in Disposition::ALL {
            let said = disposition(language, of).to_lowercase();
            assert!(!said.is_empty() && !said.contains("releas") && !said.contains("放行"), "{said}");
        }
    }
}

/// Procedure 3.7: both numbers, or both beds, are named in words.
#[test]
fn a_label_refused_names_both_values() {
    let (expected, found) = (Din::new("A999926123456").unwrap(), Din::new("A999926123457").unwrap());
    let here = BedId::new(1).unwrap();
    let bed = BedId::new(2).unwrap();
    for language in LANGUAGES {
        let mismatch = refusal(language, &Refusal::DinMismatch { expected, found });
        assert!(mismatch.contains(expected.as_str()) && mismatch.contains(found.as_str()), "{mismatch}");
        let other = refusal(language, &Refusal::DinOnOtherBed { din: found, bed, here });
        assert!(other.contains(found.as_str()) && other.contains('1') && other.contains('2'), "{other}");
        let used = refusal(language, &Refusal::DinUsed { din: found, donation: DonationId(77) });
        assert!(used.contains("77"), "{used}");
        let expired = Refusal::Expired { expiry: "2026-01-31".to_owned(), today: "2026-11-22".to_owned() };
        let text = refusal(language, &expired);
        assert!(text.contains("2026-01-31") && text.contains("2026-11-22"), "{text}");
        let (first, second) = (Typing::of("A999926123456 X"), Typing::of("王小明"));
        let text = refusal(language, &Refusal::Mistyped { first, second });
        assert!(text.contains("A999926123456X") && text.contains("3 ") && !text.contains('王'), "{text}");
    }
}

#[test]
fn the_shift_speaks_both_languages() {
    for language in LANGUAGES {
        for which in ShiftText::ALL {
            let text = shift_text(language, *which);
            assert!(!text.is_empty() && text.width() <= 70, "{language:?} {which:?}: {text}");
        }
        for which in ShiftField::ALL {
            let text = shift_field(language, *which);
            assert!(!text.is_empty() && text.width() <= SIDE, "{language:?} {which:?}: {text}");
        }
    }
}

#[test]
fn what_comes_after_the_donation_is_said_in_both_languages() {
    for language in LANGUAGES {
        for which in AfterText::ALL {
            fits(after_text(language, *which), 64, &format!("{language:?} {which:?}"));
        }
    }
}
