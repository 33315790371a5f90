//! Forms that are entered later: whose donation they complete.

use super::super::register::Register;
use super::*;
use station::api::DonorNumber;
use station::ident::{Din, DonorToken};
use station::record::PaperForm;

const FORM: &str = "A999926654321";
const DONATION: DonationId = DonationId(77);

/// Enters the form of the donation that a damaged journal ended, for this number of the worklist.
fn enter(rig: &mut Rig, ms: u64, queue: &str, compared: bool) -> Result<Answer, Refusal> {
    let din = Din::new(FORM).unwrap();
    let form = PaperForm { din, done: at(0).wall, programme_ml: 400, volume_ml: 230, tubes: 2, sealed: true };
    let (donor, again) = (DonorNumber(queue.to_owned()), Some(format!("{din}{}", din.check_character())));
    let op = ControlOp::EnterLater { form, donor, again, compared };
    let out =
        rig.step(ms, Input::Request { token: ms, by: Some(nurse("n1")), second: Some(nurse("n2")), op });
    let seen = |out: &[Output]| {
        out.iter().find_map(|o| match o {
            Output::Answer { result, .. } => Some(result.clone().map_err(|e| e.refusal.unwrap())),
            _ => None,
        })
    };
    seen(&out).or_else(|| seen(&rig.durable(ms + 1))).unwrap()
}

/// A station that knows of this donation without a record, opened for this donor.
fn ended(opened_for: Option<&str>) -> Rig {
    let mut rig = rig();
    rig.step(1, Input::Timeout);
    let donor = opened_for.map(|token| DonorToken::new(token).unwrap());
    let known = KnownDin::Unrecorded(Unrecorded { donation: DONATION, donor });
    rig.station.register = Register::new([(Din::new(FORM).unwrap(), known)]);
    rig
}

/// Procedure 8.9: the form of a donation that a damaged journal ended is its donor's, whoever is known to be: by the opening, else by the
/// number that the worklist has given away.
#[test]
fn a_form_is_of_the_donor_who_is_known() {
    let din = Din::new(FORM).unwrap();
    let mut opened = ended(Some("t2"));
    let mut promised = ended(None);
    let mut bound = item("A2", "t2");
    bound.din = Some(din);
    promised.station.register.promise(&[bound]);
    for rig in [&mut opened, &mut promised] {
        // Nobody's word stands against what is known.
        for compared in [false, true] {
            assert_eq!(enter(rig, 10, "A1", compared), Err(Refusal::DinOfOtherDonor { din }));
        }
        assert_eq!(enter(rig, 20, "A2", false), Ok(Answer::Opened { donation: DONATION }));
    }
}

/// Procedure 8.9: where nothing says who gave, both have compared the form with the donor's document and say so; the journal says that it is
/// on their word.
#[test]
fn a_form_of_a_donor_who_is_not_known_is_on_the_word_of_two() {
    let mut rig = ended(None);
    let din = Din::new(FORM).unwrap();
    assert_eq!(enter(&mut rig, 10, "A1", false), Err(Refusal::DonorNotKept { din }));
    assert_eq!(enter(&mut rig, 20, "A1", true), Ok(Answer::Opened { donation: DONATION }));
    let journal = format!("{:?}", rig.entries).replace("\\\"", "\"");
    assert!(journal.contains(r#""second":"n2","compared":true"#), "{journal}");
}
