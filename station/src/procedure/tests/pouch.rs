//! Section 5 of the procedure: first blood to the pouch, and the sample tubes beside the draw.

use crate::api::prompt::{Prompt, ScanWanted};
use crate::device::{Actuation, DeviceKind, Fault, Reading};
use crate::measure::{Microlitres, Span};
use crate::procedure::LOGIC_VERSION;
use crate::procedure::alarm::AlarmCode;
use crate::procedure::event::{AbortWhy, Act, DinStanding, Event, MissingWhy, PersonAct, Restart};
use crate::procedure::limits::{Limits, SampleMode, Settings, TubeKind, TubesWhen};
use crate::procedure::phase::PhaseName;
use crate::procedure::refusal::Refusal;
use crate::procedure::testing::{DIN, TUBE_MG, World, act, at, at_with, reading, scanned};
use crate::record::Disposition;
use crate::replay::Replay;

const FILLING: Prompt = Prompt::FillPouch { by_word: false };

fn beside() -> Settings {
    Settings { pouch_on_tray: false, ..Settings::default() }
}

fn restart(logic_changed: bool) -> Event {
    let gap = Some(Span::from_secs(20));
    Event::Restarted(Restart { gap, unchanged: true, clamp_closed: true, logic_changed })
}

/// Procedure 5.1: a pouch on the tray is full by weight, of the site's measure.
#[test]
fn a_weighed_pouch_is_full_at_its_measure() {
    for ml in [20, 35] {
        let limits = Limits { pouch_ml: ml, ..Limits::default() };
        let mut w = at_with(Settings { limits, ..Settings::default() }, &FILLING);
        w.until(90, |p| *p == Prompt::ClosePouchClip);
        let ran = w.blood_mg / 1053;
        assert!((ran - i64::from(ml)).abs() <= 2, "{ran} mL for {ml}");
    }
}

/// Procedure 5.1: a pouch beside the tray is full by the nurse's word, else by time.
#[test]
fn a_pouch_that_nothing_weighs_is_full_by_word_or_time() {
    let mut w = at_with(beside(), &Prompt::FillPouch { by_word: true });
    let mut said = w.clone();
    said.must(&act(Act::PouchFull));
    assert_eq!(said.p.prompt(), Prompt::ClosePouchClip);
    w.until(91, |p| *p == Prompt::ClosePouchClip);
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert_eq!((record.pouch, record.disposition), (None, Disposition::Collected));
}

/// Procedure 5.1: a weighed pouch that stays empty is told with no flow; the nurse's word still counts.
#[test]
fn a_pouch_that_does_not_fill_is_told() {
    let mut w = at(&FILLING);
    w.flow = 0;
    w.run(Span::from_secs(91));
    assert!(w.holds(AlarmCode::NoFlow));
    assert_eq!(w.p.prompt(), Prompt::FillPouch { by_word: true });
    w.must(&act(Act::PouchFull));
    assert_eq!(w.p.prompt(), Prompt::ClosePouchClip);
}

/// Procedure 5.2: the plug waits for the clip's word, and a clip or plug that nobody minds closes the clamp.
#[test]
fn clip_first_then_plug_within_their_time() {
    let mut w = at(&Prompt::ClosePouchClip);
    assert_eq!(w.clone().send(&act(Act::PlugBroken)), Err(Refusal::NotNow));
    let mut left = w.clone();
    left.run(Span::from_secs(211));
    assert_eq!((left.p.phase(), left.clamp_open), (PhaseName::Pause, false));
    assert_eq!(left.p.prompt(), Prompt::ClosePouchClip, "first blood runs on no more");
    left.must(&act(Act::PouchClipClosed));
    assert_eq!(left.p.prompt(), Prompt::Paused);
    left.must(&act(Act::Resume));
    left.until(5, |p| *p == Prompt::BreakPlug);
    w.must(&act(Act::PouchClipClosed));
    assert_eq!(w.p.prompt(), Prompt::BreakPlug);
    w.must(&act(Act::PlugBroken));
    assert_eq!(w.p.phase(), PhaseName::Draw);
}

/// Procedure 5.2, 6.1: a bag that gains weight while its plug should be whole gets blood past it, or something was laid on it: the
/// clamp closes, people are told, and they may go on or end; what the bag weighs then is doubtful.
#[test]
fn blood_that_passes_a_whole_plug_pauses_first_blood() {
    let mut w = at_with(beside(), &Prompt::FillPouch { by_word: true });
    w.run(Span::from_secs(5));
    let from = w.commands.len();
    for _ in 0..40 {
        w.blood_mg += 250;
        w.run(Span::from_millis(250));
    }
    assert!(w.protects(from).contains(&Actuation::ClampClose));
    assert_eq!((w.p.phase(), w.holds(AlarmCode::PlugPassed)), (PhaseName::Pause, true));
    w.run(Span::from_secs(5));
    w.must(&act(Act::Resume));
    w.until(5, |p| *p == Prompt::FillPouch { by_word: true });
    assert!(!w.holds(AlarmCode::PlugPassed));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    assert_eq!(w.record.clone().unwrap().disposition, Disposition::Quarantined);
}

/// Procedure 5.3: plug and clip are what the text of no flow names first, in both languages.
#[test]
fn the_text_of_no_flow_names_plug_and_clip_first() {
    let first = AlarmCode::NoFlow.row().first;
    assert!(first.en.starts_with("break-off plug, clip,"), "{}", first.en);
    assert!(first.zh.starts_with("检查折断塞、止流夹、"), "{}", first.zh);
}

/// Procedure 5.3: no flow within ten seconds of the plug is told, and over as soon as blood runs.
#[test]
fn flow_is_expected_soon_after_the_plug() {
    let limits = Limits { no_flow_s: 30, ..Limits::default() };
    let mut w = at_with(Settings { limits, ..Settings::default() }, &Prompt::BreakPlug);
    w.flow = 0;
    w.must(&act(Act::PlugBroken));
    w.run(Span::from_millis(9_900));
    assert!(!w.holds(AlarmCode::NoFlow));
    w.run(Span::from_millis(200));
    assert!(w.holds(AlarmCode::NoFlow));
    w.flow = 60;
    w.run(Span::from_secs(15));
    assert!(!w.holds(AlarmCode::NoFlow));
}

/// Procedure 5.4: tubes are filled while the bag fills, and warned of four minutes after the pouch was shut.
#[test]
fn pouch_blood_waits_four_minutes() {
    let mut w = at(&Prompt::BreakPlug);
    w.must(&act(Act::PlugBroken));
    assert_eq!(w.p.phase(), PhaseName::Draw);
    assert_eq!(w.p.prompt(), Prompt::FillTube { tube: 1, inversions: 8, needle_stays: false });
    w.run(Span::from_secs(238));
    assert!(!w.holds(AlarmCode::SamplesLate));
    w.run(Span::from_secs(3));
    assert!(w.holds(AlarmCode::SamplesLate));
    w.must(&act(Act::TubeFilled));
    assert!(w.holds(AlarmCode::SamplesLate), "one of two");
    w.must(&act(Act::TubeFilled));
    assert!(!w.holds(AlarmCode::SamplesLate));
}

/// Procedure 5.4: the time of the tubes runs on over a restart, under the same logic and another one.
#[test]
fn the_time_of_the_tubes_outlives_a_restart() {
    let mut w = at(&Prompt::BreakPlug);
    w.must(&act(Act::PlugBroken));
    w.run(Span::from_secs(150));
    let mut replay = Replay::new(crate::ident::BedId::new(1).unwrap());
    for (at, event) in &w.events {
        let mut event = event.clone();
        if let Event::Opened(opening) = &mut event {
            opening.logic = LOGIC_VERSION + 1;
        }
        replay.feed(*at, &event, false);
    }
    let mut folded = w.clone();
    folded.p = replay.finish();
    for (mut w, changed) in [(w, false), (folded, true)] {
        w.must(&restart(changed));
        w.devices_restarted();
        w.run(Span::from_secs(85));
        assert!(!w.holds(AlarmCode::SamplesLate), "changed: {changed}");
        w.run(Span::from_secs(10));
        assert!(w.holds(AlarmCode::SamplesLate), "changed: {changed}");
    }
}

/// Procedure 5.5: the needle stays in until the tubes are full, and is never held there.
#[test]
fn tubes_at_the_line_s_end_come_before_the_needle() {
    let settings = Settings { sample_mode: SampleMode::LineEnd, ..Settings::default() };
    let mut w = at_with(settings, &Prompt::ReleaseTourniquet);
    assert!(!w.holds(AlarmCode::SamplesLate), "nothing waits in a pouch");
    w.must(&act(Act::TourniquetReleased));
    for tube in [1, 2] {
        assert_eq!(w.p.prompt(), Prompt::FillTube { tube, inversions: 8, needle_stays: true });
        if tube == 2 {
            let mut out = w.clone();
            out.must(&Event::Act(PersonAct { act: Act::NeedleOut, by: None, second: None }));
            out.run(Span::from_millis(200));
            assert_eq!(
                (out.p.phase(), out.holds(AlarmCode::SamplesIncomplete)),
                (PhaseName::NeedleOut, true)
            );
        }
        w.must(&act(Act::TubeFilled));
    }
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
}

/// Procedure 5.5, 8.4: after an abort nobody keeps a needle in an arm for tubes.
#[test]
fn no_tube_is_waited_for_after_an_abort() {
    let settings = Settings { sample_mode: SampleMode::LineEnd, ..Settings::default() };
    let mut w = at_with(settings, &Prompt::ReleaseTourniquet);
    w.must(&act(Act::Abort(AbortWhy::Reaction)));
    w.must(&act(Act::DonorCaredFor));
    w.must(&act(Act::TourniquetReleased));
    assert_eq!(w.p.prompt(), Prompt::TakeNeedleOut);
}

/// Procedure 5.6: kinds, order and inversions are the site's; with `tubes_when = filling` each label is scanned before its
/// tube is filled.
#[test]
fn each_tube_is_scanned_filled_and_inverted_in_the_site_s_order() {
    let names = ["A", "B", "C"];
    let settings = Settings {
        tubes: names.iter().map(|name| TubeKind { name: (*name).to_owned() }).collect(),
        tubes_when: TubesWhen::Filling,
        limits: Limits { inversions: 5, ..Limits::default() },
        ..Settings::default()
    };
    let mut w = World::new();
    w.open_with(settings);
    w.walk(|w| w.p.phase() == PhaseName::Draw);
    for (tube, name) in (1..).zip(names) {
        let view = w.p.view(w.now).tubes;
        assert_eq!(view.iter().map(|t| t.name.as_str()).collect::<Vec<_>>(), names, "{name}");
        assert_eq!(w.p.prompt(), Prompt::Scan { wanted: ScanWanted::Tube(tube), again: false });
        assert!(matches!(w.send(&act(Act::TubeFilled)), Err(Refusal::WrongCode { .. })));
        let foreign = w.send(&scanned("=A99992699999907", DinStanding::Free));
        assert!(matches!(foreign, Err(Refusal::DinMismatch { .. })), "{foreign:?}");
        w.run(Span::from_secs(2));
        w.must(&scanned(&format!("={DIN}07"), DinStanding::ThisDonation));
        assert_eq!(w.p.prompt(), Prompt::FillTube { tube, inversions: 5, needle_stays: false });
        w.must(&act(Act::TubeFilled));
    }
    assert_eq!(w.p.prompt(), Prompt::WaitDraw);
}

/// Procedure 5.7: a sampler's word counts while drawing, pausing and at the end, never for a tube without its label; when it
/// fails the nurse's word does.
#[test]
fn a_sampler_reports_which_tube_is_filled() {
    let says = |n| reading(DeviceKind::Sampler, Reading::TubeFilled(n));
    let filled = |w: &World| w.p.view(w.now).tubes.iter().filter(|t| t.filled).count();
    let settings = Settings { tubes_when: TubesWhen::Filling, ..Settings::default() };
    let mut w = World::new();
    w.must(&reading(DeviceKind::Sampler, Reading::Online { serial: None }));
    w.open_with(settings);
    w.walk(|w| w.p.phase() == PhaseName::Draw);
    w.must(&says(1));
    assert_eq!(filled(&w), 0, "its label was not scanned");
    w.scan_for(ScanWanted::Tube(1), false);
    let mut paused = w.clone();
    w.must(&says(1));
    assert_eq!(filled(&w), 1);
    paused.must(&act(Act::Pause));
    paused.until(2, |p| *p == Prompt::Paused);
    let mut ended = paused.clone();
    paused.must(&says(1));
    assert_eq!(filled(&paused), 1);
    ended.must(&act(Act::EndDraw));
    ended.must(&says(1));
    assert_eq!((ended.p.phase(), filled(&ended)), (PhaseName::EndDraw, 1));
    w.must(&reading(DeviceKind::Sampler, Reading::Faulted(Fault::LinkLost)));
    assert!(w.holds(AlarmCode::DeviceFault));
    w.scan_for(ScanWanted::Tube(2), false);
    w.must(&act(Act::TubeFilled));
    assert_eq!((filled(&w), w.p.prompt()), (2, Prompt::WaitDraw));
}

/// Procedure 5.8: a needle that is out early leaves the samples incomplete, told and recorded, and the bed goes on.
#[test]
fn samples_are_incomplete_and_nothing_waits_for_them() {
    let mut w = at(&Prompt::BreakPlug);
    w.must(&act(Act::PlugBroken));
    w.run(Span::from_secs(60));
    w.must(&Event::Act(PersonAct { act: Act::NeedleOut, by: None, second: None }));
    w.until(2, |p| *p == Prompt::GuardNeedle);
    w.run(Span::from_millis(200));
    assert!(w.holds(AlarmCode::SamplesIncomplete));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.unwrap();
    assert!(record.tubes.iter().all(|t| t.missing == Some(MissingWhy::NeedleOutEarly)));
    assert_eq!(record.disposition, Disposition::Quarantined);
}

/// Procedure 5.4, 5.8: with the needle out nobody is told any more to fill the tubes now.
#[test]
fn the_reminder_of_the_tubes_ends_with_the_needle() {
    let mut w = at(&Prompt::BreakPlug);
    w.must(&act(Act::PlugBroken));
    w.run(Span::from_secs(250));
    assert!(w.holds(AlarmCode::SamplesLate));
    w.must(&Event::Act(PersonAct { act: Act::NeedleOut, by: None, second: None }));
    w.until(2, |p| *p == Prompt::GuardNeedle);
    w.run(Span::from_millis(200));
    assert!(w.holds(AlarmCode::SamplesIncomplete) && !w.holds(AlarmCode::SamplesLate));
}

/// Procedure 5.2: what shows on the tray for a moment is no blood behind the plug.
#[test]
fn a_gain_that_does_not_last_is_no_blood_behind_the_plug() {
    let mut w = at_with(beside(), &Prompt::BreakPlug);
    w.run(Span::from_secs(5));
    w.blood_mg += 8_000;
    w.run(Span::from_secs(3));
    w.blood_mg -= 8_000;
    w.run(Span::from_secs(5));
    assert_eq!((w.p.prompt(), w.holds(AlarmCode::PlugPassed)), (Prompt::BreakPlug, false));
}

/// Procedure 6.1, 6.6: what was weighed with the empty set and hangs there no more would be missing in the bag.
#[test]
fn a_tray_that_lost_something_before_the_first_blood_is_told() {
    let mut w = at_with(beside(), &Prompt::FillPouch { by_word: true });
    w.run(Span::from_secs(5));
    assert!(!w.holds(AlarmCode::BagMoved));
    w.blood_mg -= 15_000;
    w.run(Span::from_secs(15));
    assert!(w.holds(AlarmCode::BagMoved), "{:?}", w.p.view(w.now));
}

/// Procedure 5.2, 6.1: what a pouch cannot hold ran past the plug before the clip: it is blood in the bag, and the bag is doubtful.
#[test]
fn more_than_a_pouch_can_hold_is_in_the_bag() {
    let mut w = at(&FILLING);
    w.plug_broken = true;
    w.run(Span::from_secs(60));
    assert_eq!((w.p.phase(), w.holds(AlarmCode::PlugPassed)), (PhaseName::Pause, true));
    assert!((49..57).contains(&(w.blood_mg / 1053)), "{} mg", w.blood_mg);
    w.must(&act(Act::PouchClipClosed));
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    let pouch = record.pouch.unwrap();
    assert!(pouch <= Microlitres::from_ml(45), "{pouch:?}");
    let ran = (w.blood_mg + w.tubes_mg) * 1000 / 1053;
    assert!((pouch.0 + record.volume.0 - ran).abs() < 3_000, "{pouch:?} and {:?} of {ran}", record.volume);
    assert_eq!(record.disposition, Disposition::Quarantined);
}

/// A draw whose two tubes are filled by hand while the bag fills: the instants (s) at which each begins, how fast, and when it is said.
fn with_tubes(begin: [u64; 2], at_once: bool, said: [u64; 2]) -> World {
    let mut w = at(&Prompt::BreakPlug);
    w.tubes_at_once = false;
    (w.flow, w.swing_mg) = (80, 4_000);
    w.must(&act(Act::PlugBroken));
    for second in 0..320 {
        if begin.contains(&second) {
            if at_once {
                (w.blood_mg, w.tubes_mg) = (w.blood_mg - TUBE_MG, w.tubes_mg + TUBE_MG)
            } else {
                w.filling_mg = TUBE_MG
            }
        }
        if said.contains(&second) {
            w.must(&act(Act::TubeFilled));
        }
        w.run(Span::from_secs(1));
    }
    assert_eq!(w.p.phase(), PhaseName::EndDraw);
    w
}

/// What is in the bag, and what the record says, uL.
fn bag(mut w: World) -> (i64, i64, Disposition) {
    w.walk(|w| w.p.phase() == PhaseName::Closed);
    let record = w.record.clone().unwrap();
    let really = (w.blood_mg + w.tubes_mg) * 1000 / 1053 - record.pouch.unwrap().0;
    (really, record.volume.0, record.disposition)
}

/// Procedure 5.4, 6.1: what tubes take off the tray in mid-draw is not the bag's: it ends on its target, and so says the record.
#[test]
fn tubes_filled_from_a_pouch_on_the_tray_leave_the_bag_on_its_target() {
    let told = |w: &World| w.holds(AlarmCode::BagMoved);
    for (at_once, name) in [(true, "at once"), (false, "slowly")] {
        // Said when it is full; some seconds later; both together; just before it shows.
        for said in [[72, 132], [80, 150], [133, 134], [59, 119]] {
            let w = with_tubes([60, 120], at_once, said);
            assert!(!told(&w), "{name}, said at {said:?}");
            let (really, recorded, disposition) = bag(w);
            let what = format!("{name}, said at {said:?}: {really} uL, recorded {recorded}");
            assert!((really - 400_000).abs() < 2_500 && (recorded - really).abs() < 2_500, "{what}");
            assert_eq!(disposition, Disposition::Collected, "{what}");
        }
    }
    let w = with_tubes([60, 64], true, [62, 66]);
    assert!(!told(&w));
    let (really, recorded, _) = bag(w);
    assert!((really - 400_000).abs() < 2_500 && (recorded - really).abs() < 2_500, "{really} {recorded}");
}

/// Procedure 5.4, 6.1: a tube of which nobody has said that it is full may be off the tray or not: the bag ends early by what that
/// may be, and once it is said the record has what is in the bag.
#[test]
fn tubes_that_nobody_speaks_of_end_the_bag_early() {
    // Filled while drawing, or when the clamp was closed; said at the end.
    for begin in [[60, 120], [310, 300]] {
        let (really, recorded, disposition) = bag(with_tubes(begin, false, [318, 319]));
        let what = format!("filled at {begin:?}: {really} uL, recorded {recorded}");
        assert!((387_000..401_500).contains(&really) && (recorded - really).abs() < 2_500, "{what}");
        assert_eq!(disposition, Disposition::Collected, "{what}");
    }
}
