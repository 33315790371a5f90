//! The station's process dies and another one starts on what is on disk: the line is closed, the bed is interrupted, the
//! donation walks its tail, and its record is delivered exactly once.

use crate::bench::{Bench, holds};
use controller::books::{Books, go_on};
use controller::control::io::ControlOp;
use controller::journal::disk::RealDisk;
use controller::journal::{Settings, verify};
use controller::state_dir::StateDir;
use station::api::prompt::Prompt;
use station::api::{Answer, DonorNumber};
use station::ident::{DonationId, RecordId, StationId};
use station::measure::Wall;
use station::procedure::alarm::AlarmCode;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::Refusal;
use station::record::{PaperForm, Which};

/// Until the first step of a new process and the travel of the clamp, ms.
const CLOSED_AFTER_START: u64 = 300;

/// The record of this donation and no other was accepted, once.
fn delivered_once(bench: &Bench, donation: DonationId) {
    let accepted: Vec<String> = bench.accepted().into_iter().map(|record| record.id).collect();
    assert_eq!(accepted, [format!("SIM-01/{donation}/1")]);
    assert_eq!(bench.waiting().waiting, 0);
}

/// A crash in mid-draw; the next process starts after `gap_ms`.
fn crash_in_mid_draw(
    seed: u64,
    gap_ms: u64,
    lines_given_back: bool,
) -> (Bench, DonationId, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(seed, 1, folder.path());
    let donation = bench.draw(1, 60_000).donation.unwrap();
    let mut kept = bench.crash();
    if lines_given_back {
        // The kernel gives the lines of a dead process back: nothing is driven any more.
        let world = &mut kept.site.beds[0];
        for device in station::device::DeviceKind::ALL {
            (0..4).for_each(|output| world.drive(device, output, false));
        }
    }
    kept.pass(gap_ms);
    let mut bench = kept.start();
    bench.wait(1, CLOSED_AFTER_START, "closed after a start", |world| world.clamp.openness() <= 0.0);
    let view = bench.until(1, 6, "interrupted", |view| view.phase == PhaseName::Interrupted);
    assert_eq!(view.donation, Some(donation));
    assert!(holds(&view, AlarmCode::Interrupted), "{view:?}");
    bench.pass(5000);
    assert!(bench.is_closed(1), "nobody has decided yet");
    (bench, donation, folder)
}

#[test]
fn a_crash_in_mid_draw_with_the_line_held_open_ends_the_draw() {
    let (mut bench, donation, _folder) = crash_in_mid_draw(91, 5_000, false);
    let view = bench.view(1);
    assert_eq!(view.prompt, Prompt::Interrupted { may_resume: false }, "blood ran on that nobody counted");
    let record = bench.finish(1);
    assert_eq!(record["disposition"], "quarantined", "{record}");
    delivered_once(&bench, donation);
}

#[test]
fn a_short_crash_with_the_line_closed_by_itself_may_go_on() {
    let (mut bench, donation, _folder) = crash_in_mid_draw(92, 2_000, true);
    let view = bench.view(1);
    assert_eq!(view.prompt, Prompt::Interrupted { may_resume: true }, "{view:?}");
    let record = bench.finish(1);
    assert_eq!(record["disposition"], "collected", "{record}");
    delivered_once(&bench, donation);
}

#[test]
fn a_long_gap_ends_the_draw_even_when_nothing_has_changed() {
    let (mut bench, donation, _folder) = crash_in_mid_draw(93, 200_000, true);
    assert_eq!(bench.view(1).prompt, Prompt::Interrupted { may_resume: false });
    let record = bench.finish(1);
    assert_eq!(record["disposition"], "quarantined", "{record}");
    delivered_once(&bench, donation);
}

/// Procedure 8.10: a journal damaged far back stops the station with the way on in its message. Behind the damage the station knows
/// which numbers are used and goes on; what was under way is named and over, no record is sent twice, and what was damaged stays told.
#[test]
fn a_station_goes_on_behind_a_damaged_journal() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(96, 1, folder.path());
    bench.bring_to(1, PhaseName::Closed);
    bench.nurse_until(1, "a free bed", |view| view.phase == PhaseName::Idle);
    bench.pass(5000);
    let view = bench.draw(1, 60_000);
    let (donation, din) = (view.donation.unwrap(), view.din.unwrap());
    let kept = bench.crash();
    let state = folder.path().join("state");
    let segment = state.join("journal/journal-00000001.jsonl");
    let mut bytes = std::fs::read(&segment).unwrap();
    let far_back = bytes.len() / 8;
    bytes[far_back] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();

    let dir = StateDir::existing(&state).unwrap();
    let lock = dir.lock().unwrap();
    let refused = Books::open(&dir, &lock, Settings::default()).err().unwrap().to_string();
    assert!(refused.contains("hemostation journal go-on"), "{refused}");
    let went_on = go_on(&dir, &lock, (0, "a bad card".to_owned()), |newest| newest.unwrap()).unwrap();
    assert_eq!(went_on.ended, [(donation, Some(din))]);
    assert!(std::fs::read(&segment).unwrap() == bytes, "every line stays where it was");
    drop(lock);

    let mut bench = kept.start();
    bench.until(1, 20, "a free bed", |view| view.phase == PhaseName::Idle);
    let found = verify(&RealDisk::read_only(&dir.journal()).unwrap(), 0).unwrap();
    assert_eq!(found.damage.len(), 1, "{found:?}");
    bench.bring_to(1, PhaseName::Label);
    let label = format!("{din}{}", din.check_character());
    let again = bench.typed(1, &label, &label).unwrap_err().refusal;
    assert!(matches!(again, Some(Refusal::DinUsed { donation: by, .. }) if by == donation), "{again:?}");
    let next = bench.view(1).donation.unwrap();
    assert!(next > donation);
    bench.finish(1);
    let ids: Vec<String> = bench.accepted().into_iter().map(|record| record.id).collect();
    assert_eq!((ids.len(), ids.last()), (2, Some(&format!("SIM-01/{next}/1"))), "{ids:?}");
}

/// Procedure 8.9, 8.10: what was under way behind a damaged journal is finished by hand; its form, entered later, completes that donation,
/// whose number is no other's, once. A record that waits and cannot be read any more is named.
#[test]
fn a_form_completes_the_donation_that_a_damaged_journal_ended() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(97, 1, folder.path());
    let url = bench.bms.url();
    bench.post_to("http://127.0.0.1:9");
    let waiting = bench.bring_to(1, PhaseName::Closed);
    bench.nurse_until(1, "a free bed", |view| view.phase == PhaseName::Idle);
    bench.pass(5000);
    let queue = bench.waiting_donor();
    let view = bench.draw(1, 60_000);
    let (donation, din) = (view.donation.unwrap(), view.din.unwrap());
    let kept = bench.crash();
    let segment = folder.path().join("state/journal/journal-00000001.jsonl");
    let mut bytes = std::fs::read(&segment).unwrap();
    let record = bytes.windows(15).position(|text| text == b"\"kind\":\"record\"").unwrap();
    bytes[record + 40] ^= 1;
    std::fs::write(&segment, &bytes).unwrap();

    let dir = StateDir::existing(&folder.path().join("state")).unwrap();
    let lock = dir.lock().unwrap();
    let went_on = go_on(&dir, &lock, (0, "a bad card".to_owned()), |newest| newest.unwrap()).unwrap();
    assert_eq!(went_on.ended, [(donation, Some(din))]);
    let unreadable = RecordId {
        station: StationId::new("SIM-01").unwrap(),
        donation: waiting.donation.unwrap(),
        version: 1,
    };
    assert_eq!(went_on.unreadable, [(unreadable, waiting.din)]);
    drop(lock);

    let mut bench = kept.start();
    bench.post_to(&url);
    bench.until(1, 20, "a free bed", |view| view.phase == PhaseName::Idle);
    let other = bench.waiting_donor();
    assert_ne!(other, queue);
    let done = Wall(bench.wall().0 - 600_000);
    let form = PaperForm { din, done, programme_ml: 400, volume_ml: 230, tubes: 2, sealed: true };
    let paper = bench.plant.site.kit_of(din).form();
    bench.world(1).scan(&paper);
    bench.pass(1000);
    let mut enter = |donor: &str| {
        let (form, donor) = (form.clone(), DonorNumber(donor.to_owned()));
        let op = ControlOp::EnterLater { form, donor, again: None, compared: false };
        bench.op(op, true).map_err(|error| error.refusal.unwrap())
    };
    assert_eq!(enter(&other), Err(Refusal::DinOfOtherDonor { din }));
    assert_eq!(enter(&queue), Ok(Answer::Opened { donation }));
    assert_eq!(enter(&queue), Err(Refusal::DinUsed { din, donation }));
    bench.pass(400_000);
    let record = bench.record(&format!("SIM-01/{donation}/2"));
    assert_eq!(
        (record["din"].as_str(), record["disposition"].as_str()),
        (Some(&*din.to_string()), Some("quarantined"))
    );
    let mut bench = bench.crash().start();
    let again = bench.newest(Which::Din(din)).unwrap();
    assert_eq!((again.donation, again.version, again.amended.is_some()), (donation, 2, true));
    assert_eq!(bench.waiting().waiting, 1, "the one that cannot be read");
    let label = format!("{din}{}", din.check_character());
    let op = ControlOp::EnterLater { form, donor: DonorNumber(queue), again: Some(label), compared: false };
    let refused = bench.op(op, true).unwrap_err().refusal;
    assert_eq!(refused, Some(Refusal::DinUsed { din, donation }), "after a start too");
}

#[test]
fn a_crash_while_sealing_is_looked_at_and_nothing_is_sealed_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(94, 1, folder.path());
    let donation = bench.nurse_until(1, "a seal under way", |view| view.prompt == Prompt::WaitSeal).donation;
    bench.wait(1, 5000, "the sealer at work", |world| world.sealer.lines()[1]);
    let mut kept = bench.crash();
    kept.pass(4000);
    let mut bench = kept.start();
    bench.until(1, 6, "interrupted", |view| view.phase == PhaseName::Interrupted);
    assert_eq!(bench.world(1).sealer.shots(), 1, "the sealer ended by itself");
    bench.nurse_until(1, "a look at the seal", |view| view.prompt == Prompt::InspectSeal);
    let record = bench.finish(1);
    assert_eq!(bench.world(1).sealer.shots(), 1);
    assert_eq!(record["seal"], "person", "{record}");
    assert_eq!(record["disposition"], "collected", "{record}");
    delivered_once(&bench, donation.unwrap());
}

#[test]
fn a_crash_in_every_phase_leaves_one_donation_with_one_record() {
    let folder = tempfile::tempdir().unwrap();
    let mut bench = Bench::new(95, 1, folder.path());
    let mut donation = None;
    for phase in [
        PhaseName::Label,
        PhaseName::Prepare,
        PhaseName::Venipuncture,
        PhaseName::Divert,
        PhaseName::NeedleOut,
        PhaseName::Separate,
        PhaseName::Reconcile,
        PhaseName::Closed,
    ] {
        let view = bench.bring_to(1, phase);
        assert_eq!(*donation.get_or_insert(view.donation), view.donation, "{phase:?}");
        bench.pass(300);
        let mut kept = bench.crash();
        kept.pass(1500);
        bench = kept.start();
        bench.wait(1, CLOSED_AFTER_START, "closed after a start", |world| world.clamp.openness() <= 0.0);
        bench.pass(6000);
    }
    let donation = donation.flatten().unwrap();
    bench.nurse_until(1, "a free bed", |view| view.phase == PhaseName::Idle);
    bench.pass(5000);
    assert!(bench.record(&format!("SIM-01/{donation}/1")).is_object());
    delivered_once(&bench, donation);
}
