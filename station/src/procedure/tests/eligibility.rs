//! Identify: the form, the question to the BMS with its limit, the list behind it, and the calendar of the interval.

use crate::api::prompt::Prompt;
use crate::device::Mode;
use crate::ident::{GroupCode, RegistrationId};
use crate::measure::Span;
use crate::procedure::command::Command;
use crate::procedure::eligibility::{Deferral, EligibilityAnswer, LastDonation, LastKind, NotEligible};
use crate::procedure::event::{
    AbortWhy, Act, DinStanding, Eligibility, Event, FormSeen, Known, Opening, PersonAct,
};
use crate::procedure::limits::{Limits, Settings};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::{FormPart, Refusal};
use crate::procedure::testing::{DIN, FORM, TODAY, World, act, opening, operator, scanned};
use crate::record::{Disposition, DonationRecord};
use proptest::prelude::*;

/// Opens with this, asks name and birth date.
fn identified(opening: Opening) -> World {
    let mut w = World::new();
    w.run(Span::from_secs(1));
    w.must(&Event::Opened(Box::new(opening)));
    w.must(&act(Act::ConfirmIdentity));
    w
}

/// A donor of a list that is two hours old, at a station with a BMS.
fn online() -> Opening {
    let mut o = opening(Settings::default());
    o.online = true;
    o.donor.eligibility = Eligibility::Cached { age_h: 2 };
    o
}

fn answer(eligible: bool, why: Option<Deferral>, last: Option<LastDonation>) -> Event {
    Event::Eligibility(Some(EligibilityAnswer { eligible, why, last }))
}

fn asks(w: &World) -> usize {
    w.commands.iter().filter(|c| **c == Command::AskEligibility).count()
}

/// Ends the donation where it is. What the record says.
fn ended(w: &mut World) -> DonationRecord {
    w.must(&act(Act::Abort(AbortWhy::NotEligible)));
    assert_eq!(w.p.phase(), PhaseName::Closed);
    w.record.clone().unwrap()
}

fn form(form: FormSeen, second: Option<&str>) -> Event {
    let second = second.map(operator);
    Event::Act(PersonAct { act: Act::FormSeen(form), by: Some(operator("1001")), second })
}

/// Procedure 2.3, 9.1, 9.3: what the worklist says is not asked again; what it does not say is read off the form by two people.
#[test]
fn screening_is_known_from_the_list_or_from_the_form_with_a_second_person() {
    let w = identified(opening(Settings::default()));
    assert_eq!(w.p.phase(), PhaseName::Label);

    for missing in [true, false] {
        let mut o = opening(Settings::default());
        let known = |here: bool| if here { Known::Missing } else { Known::Worklist };
        (o.donor.screening, o.donor.consent) = (known(missing), known(!missing));
        let mut w = identified(o);
        assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Identify, Prompt::ReadForm));
        assert_eq!(w.send(&form(FORM, None)), Err(Refusal::SecondPersonNeeded));
        assert_eq!(w.send(&form(FORM, Some("1001"))), Err(Refusal::SamePerson));
        assert_eq!(w.p.prompt(), Prompt::ReadForm);
        w.must(&form(FORM, Some("1002")));
        assert_eq!(w.p.phase(), PhaseName::Label);
    }
}

/// Procedure 2.3: each part of the form has to be passed, and the volume approved there is the programme.
#[test]
fn every_part_of_the_form_counts() {
    let mut o = opening(Settings::default());
    o.donor.screening = Known::Missing;
    let mut w = identified(o);
    for (wrong, part) in [
        (FormSeen { interview: false, ..FORM }, FormPart::Interview),
        (FormSeen { examination: false, ..FORM }, FormPart::Examination),
        (FormSeen { haemoglobin_g_l: 114, ..FORM }, FormPart::Haemoglobin { found_g_l: 114, min_g_l: 115 }),
        (FormSeen { consent: false, ..FORM }, FormPart::Consent),
    ] {
        assert_eq!(w.send(&form(wrong, Some("1002"))), Err(Refusal::FormNotPassed(part)));
    }
    let much = FormSeen { approved_ml: 450, ..FORM };
    assert_eq!(w.send(&form(much, Some("1002"))), Err(Refusal::NoSuchProgramme(450)));
    assert_eq!(w.p.prompt(), Prompt::ReadForm, "nothing of this was taken");
    w.must(&form(FormSeen { approved_ml: 200, haemoglobin_g_l: 115, ..FORM }, Some("1002")));
    assert_eq!(w.p.view(w.now).programme_ml, 200);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!((record.programme_ml, record.form.map(|f| f.approved_ml)), (200, Some(200)));
    assert!((record.volume.ml_rounded() - 200).abs() <= 3, "{:?}", record.volume);
}

/// Procedure 2.3: a programme over the volume approved in the worklist does not begin.
#[test]
fn more_than_was_approved_does_not_begin() {
    let mut o = opening(Settings::default());
    o.donor.approved_ml = Some(200);
    let mut w = World::new();
    let refused = Refusal::OverApproved { programme_ml: 400, approved_ml: 200 };
    assert_eq!(w.send(&Event::Opened(Box::new(o.clone()))), Err(refused));
    o.programme_ml = 200;
    w.must(&Event::Opened(Box::new(o)));
}

/// Procedure 2.4, 2.5: asked once at the opening; while the answer is out the nurse asks name and birth date, then waits
/// no longer than the limit, and the record says `online`.
#[test]
fn an_answer_in_time_counts_as_online() {
    let mut o = online();
    o.donor.group = GroupCode::new("G-17").ok();
    o.donor.registration = RegistrationId::new("R-42").ok();
    let mut w = identified(o);
    assert_eq!((asks(&w), w.p.prompt()), (1, Prompt::WaitEligibility));
    let early = w.send(&scanned(&format!("={DIN}08"), DinStanding::Free));
    assert_eq!(early, Err(Refusal::NotNow), "no label before the donor is certain");
    w.run(Span::from_millis(1900));
    assert_eq!(w.p.prompt(), Prompt::WaitEligibility);
    w.must(&answer(true, None, Some(LastDonation { day: TODAY - 200, kind: LastKind::WholeBlood })));
    assert_eq!(w.p.phase(), PhaseName::Label);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!((record.eligibility, record.ineligible), (Eligibility::Online, None));
    assert_eq!(record.group, GroupCode::new("G-17").ok());
    assert_eq!(record.registration, RegistrationId::new("R-42").ok());
}

/// Procedure 2.4, 2.5: no answer within the limit, or none to be had, and the list of before counts, with its age.
#[test]
fn without_an_answer_the_list_counts_and_the_bed_never_hangs() {
    for silent in [true, false] {
        let mut w = identified(online());
        if silent {
            w.run(Span::from_millis(2100));
        } else {
            w.must(&Event::Eligibility(None));
        }
        assert_eq!(w.p.phase(), PhaseName::Label);
        w.walk(|w| w.p.phase() == PhaseName::Closed);
        assert_eq!(w.record.unwrap().eligibility, Eligibility::Cached { age_h: 2 });
    }
}

/// Procedure 2.5: a list older than its limit, or no list at all, stops the donor where nobody answers; asking again is the
/// way on, ending the way out.
#[test]
fn an_old_list_and_none_stop_the_donor_and_may_be_asked_again() {
    for (cached, why) in [
        (Eligibility::Cached { age_h: 25 }, NotEligible::ListTooOld { age_h: 25, max_h: 24 }),
        (Eligibility::Unasked, NotEligible::Unasked),
    ] {
        let mut o = online();
        o.donor.eligibility = cached;
        let mut w = identified(o.clone());
        w.run(Span::from_millis(2100));
        assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Identify, Prompt::NotEligible(why)));
        w.must(&act(Act::AskEligibility));
        assert_eq!((asks(&w), w.p.prompt()), (2, Prompt::WaitEligibility));
        assert_eq!(w.send(&act(Act::AskEligibility)), Err(Refusal::NotNow), "one question at a time");
        w.must(&answer(true, None, None));
        assert_eq!(w.p.phase(), PhaseName::Label);

        let mut w = identified(o.clone());
        w.run(Span::from_millis(2100));
        let record = ended(&mut w);
        assert_eq!((record.eligibility, record.ineligible), (Eligibility::Refused, Some(why)));
        assert_eq!(record.disposition, Disposition::NoUnit);
        w.must(&act(Act::BedCleared));
        assert_eq!(w.p.phase(), PhaseName::Idle);

        // A station without a BMS does not even begin.
        o.online = false;
        assert_eq!(World::new().send(&Event::Opened(Box::new(o))), Err(Refusal::Ineligible(why)));
    }
}

/// Procedure 2.5: `none` where the site permits it, and the record says so.
#[test]
fn nobody_to_ask_needs_the_site_s_permission() {
    for online in [true, false] {
        let mut o = opening(Settings { eligibility_unasked: true, ..Settings::default() });
        (o.online, o.donor.eligibility) = (online, Eligibility::Unasked);
        let mut w = identified(o);
        w.run(Span::from_millis(2100));
        w.walk(|w| w.p.phase() == PhaseName::Closed);
        assert_eq!(w.record.unwrap().eligibility, Eligibility::Unasked);
    }
}

/// Procedure 2.4, 2.6: interval, deferral and a donation elsewhere today, as the BMS says them, leave the end only.
#[test]
fn a_no_of_the_bms_leaves_the_end_only() {
    let yesterday = LastDonation { day: TODAY - 1, kind: LastKind::WholeBlood };
    let again = yesterday.again(&Limits::default()).unwrap();
    let interval = NotEligible::Interval { last: TODAY - 1, again };
    for (event, why) in [
        (answer(false, None, None), NotEligible::Told(Deferral::Deferred)),
        (answer(false, Some(Deferral::Interval), None), NotEligible::Told(Deferral::Interval)),
        (answer(false, Some(Deferral::ElsewhereToday), None), NotEligible::Told(Deferral::ElsewhereToday)),
        // An answer that contradicts itself is a no.
        (answer(true, None, Some(yesterday)), interval),
    ] {
        let mut w = identified(online());
        w.must(&event);
        assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Identify, Prompt::NotEligible(why)));
        assert_eq!(w.send(&act(Act::AskEligibility)), Err(Refusal::NotNow), "this is certain");
        assert_eq!(w.send(&act(Act::ConfirmIdentity)), Err(Refusal::Ineligible(why)));
        assert_eq!(ended(&mut w).ineligible, Some(why));
    }
}

/// Procedure 2.4: an answer that comes when the labels are being scanned still stops the donor.
#[test]
fn a_late_no_still_stops_the_donor_before_the_needle() {
    let mut w = identified(online());
    w.run(Span::from_millis(2100));
    w.must(&scanned(&format!("={DIN}08"), DinStanding::Free));
    w.must(&answer(false, None, None));
    let why = NotEligible::Told(Deferral::Deferred);
    assert_eq!((w.p.phase(), w.p.prompt()), (PhaseName::Label, Prompt::NotEligible(why)));
    let label = w.send(&scanned(&format!("={DIN}01"), DinStanding::ThisDonation));
    assert_eq!(label, Err(Refusal::Ineligible(why)));
    let record = ended(&mut w);
    assert_eq!((record.ineligible, record.voided), (Some(why), vec![World::din()]));
}

/// Procedure 2.6: a donor of the list whose interval is not over is refused at the opening, with both dates; water bags
/// have no interval.
#[test]
fn an_interval_that_is_not_over_is_refused_with_its_dates() {
    let with = |day: i32, kind| {
        let mut o = opening(Settings::default());
        o.donor.last = Some(LastDonation { day, kind });
        o
    };
    let begin = |o: Opening| World::new().send(&Event::Opened(Box::new(o)));
    // 2026-05-27 is TODAY: whole blood of 2025-11-27 is six months ago, that of 2025-11-28 is not.
    assert_eq!(crate::procedure::eligibility::day_words(TODAY), "2026-05-27");
    assert_eq!(begin(with(20_419, LastKind::WholeBlood)), Ok(()));
    let refused = begin(with(20_420, LastKind::WholeBlood)).unwrap_err();
    assert_eq!(refused, Refusal::Ineligible(NotEligible::Interval { last: 20_420, again: TODAY + 1 }));
    assert_eq!(refused.to_string(), "not eligible today: last donation 2025-11-28, again from 2026-05-28");
    assert_eq!(begin(with(TODAY - 28, LastKind::Apheresis)), Ok(()));
    assert!(begin(with(TODAY - 27, LastKind::Apheresis)).is_err());
    let here = Refusal::Ineligible(NotEligible::DrawnToday);
    assert_eq!(begin(with(TODAY, LastKind::NeedleOnly)), Err(here));
    assert_eq!(begin(with(TODAY - 1, LastKind::NeedleOnly)), Ok(()));
    let mut water = with(TODAY, LastKind::WholeBlood);
    water.mode = Mode::Validation;
    assert_eq!(begin(water), Ok(()));
}

/// Procedure 2.7: nothing over the site's maximum, nothing that is not offered.
#[test]
fn a_programme_is_one_of_the_site_s_and_never_over_the_maximum() {
    let begin = |programme_ml: u16, max: u32| {
        let mut settings = Settings { programmes_ml: vec![200, 300, 400, 450], ..Settings::default() };
        settings.limits.max_programme_ml = max;
        let mut o = opening(settings);
        o.programme_ml = programme_ml;
        World::new().send(&Event::Opened(Box::new(o)))
    };
    for ml in [200, 300, 400] {
        assert_eq!(begin(ml, 400), Ok(()));
    }
    for (ml, max) in [(450, 400), (300, 299), (250, 400), (0, 400), (500, 500)] {
        assert_eq!(begin(ml, max), Err(Refusal::NoSuchProgramme(ml)), "{ml} of at most {max}");
    }
}

/// Procedure 2.3, 2.7: neither the form nor a change of mind leads beyond what was approved, or beyond the legal maximum, though the site
/// offers more.
#[test]
fn no_change_of_programme_leads_beyond_what_was_approved() {
    let settings = Settings { programmes_ml: vec![200, 300, 400, 450], ..Settings::default() };
    let change = |w: &mut World, ml| w.send(&act(Act::ChangeProgramme { ml }));
    let fixed = |kit_ml, wanted_ml| Err(Refusal::ProgrammeFixed { kit_ml, wanted_ml });
    let mut o = opening(settings.clone());
    (o.programme_ml, o.donor.approved_ml) = (200, Some(300));
    let mut w = identified(o);
    assert_eq!(w.p.view(w.now).programmes_ml, [300]);
    assert_eq!(change(&mut w, 400), fixed(200, 400));
    w.must(&act(Act::ChangeProgramme { ml: 300 }));
    let mut o = opening(settings.clone());
    o.donor.approved_ml = Some(450);
    let mut w = identified(o);
    assert_eq!(change(&mut w, 450), fixed(400, 450), "approved, and over the maximum");

    let mut o = opening(settings);
    o.donor.screening = Known::Missing;
    let mut w = identified(o);
    assert_eq!(
        change(&mut w, 450),
        fixed(400, 450),
        "nobody has approved anything, and it is over the maximum"
    );
    let much = FormSeen { approved_ml: 450, ..FORM };
    assert_eq!(w.send(&form(much, Some("1002"))), Err(Refusal::NoSuchProgramme(450)));
    w.must(&form(FormSeen { approved_ml: 200, ..FORM }, Some("1002")));
    assert_eq!(change(&mut w, 300), fixed(200, 300), "the form approves less");
}

/// A calendar that knows nothing but how long months are: year, month and day after 1970-01-01.
fn date(mut day: i64) -> (i64, i64, i64) {
    let (mut year, mut month) = (1970, 1);
    while day >= month_days(year, month) {
        day -= month_days(year, month);
        (year, month) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
    }
    (year, month, day + 1)
}

fn month_days(year: i64, month: i64) -> i64 {
    let leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    [31, 28 + i64::from(leap), 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][usize::try_from(month - 1).unwrap()]
}

fn again(day: i32, months: u32) -> i32 {
    let limits = Limits { interval_whole_months: months, ..Limits::default() };
    LastDonation { day, kind: LastKind::WholeBlood }.again(&limits).unwrap()
}

/// Procedure 2.6: the ends of months and the leap day. A month without that day ends the interval on its last one.
#[test]
fn intervals_at_the_ends_of_months() {
    let words = |text: &str| {
        let date: crate::ident::LocalDate = text.parse().unwrap();
        let day = i32::try_from(date.days_since_1970()).unwrap();
        crate::procedure::eligibility::day_words(again(day, 6))
    };
    for (last, from) in [
        ("2026-01-31", "2026-07-31"),
        ("2026-03-31", "2026-09-30"),
        ("2025-08-31", "2026-02-28"),
        ("2023-08-31", "2024-02-29"),
        ("2023-08-29", "2024-02-29"),
        ("2024-02-29", "2024-08-29"),
        ("2025-12-01", "2026-06-01"),
    ] {
        assert_eq!(words(last), from, "after {last}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, rng_seed: proptest::test_runner::RngSeed::Fixed(26), ..ProptestConfig::default() })]

    /// Procedure 2.6: against a calendar of the test's own, over 120 years.
    #[test]
    fn an_interval_is_calendar_months(day in 0..43_800_i32, months in 1..=12_u32) {
        let found = again(day, months);
        let (year, month, of_month) = date(day.into());
        let (then_year, then_month, then_day) = date(found.into());
        let passed = (then_year - year) * 12 + then_month - month;
        prop_assert_eq!(passed, i64::from(months));
        prop_assert_eq!(then_day, of_month.min(month_days(then_year, then_month)));
    }

    /// Procedure 2.6: a later donation never ends its interval earlier, and a longer interval never ends earlier.
    #[test]
    fn intervals_keep_their_order(day in 0..43_800_i32, later in 0..60_i32, months in 1..12_u32) {
        prop_assert!(again(day, months) <= again(day + later, months));
        prop_assert!(again(day, months) < again(day, months + 1));
    }
}
