//! How a donor comes to a bed, with the machine that ships: by card, code, number and typing, matched with the worklist; and
//! who is not taken again today.

use super::io::*;
use super::*;
use crate::clock::BootId;
use crate::eligibility::Subject;
use crate::journal::Draft;
use crate::privacy::{MasterKey, OsEntropy};
use drivers::{IdCard, Observation, ScanText};
use station::api::{Answer, ApiError, ErrorCode, TypedPerson};
use station::device::DeviceKind;
use station::ident::{DeviceId, GroupCode};
use station::measure::Wall;
use station::procedure::eligibility::{EligibilityAnswer, LastDonation, LastKind, NotEligible};
use station::procedure::event::{Act, Eligibility, IdentifiedBy, Known, Opening, Role};
use station::procedure::limits::DonorConnectedSeal;
use station::procedure::phase::PhaseName;
use station::procedure::refusal::{IdentityFault, Refusal};
use zeroize::Zeroizing;

const NUMBER: &str = "110101199001011237";
/// What the certificate's QR code says: nothing that anybody here understands.
const CERTIFICATE: &str = "https://donor.example/c/8f1Ab+/=";

fn bed() -> BedId {
    BedId::new(1).unwrap()
}

fn at(ms: u64) -> Stamp {
    let wall = Wall(1_790_000_000_000 + ms as i64);
    Stamp { boot_id: BootId(1), mono: Mono(ms * 1000), wall, trust: ClockTrust::Synced }
}

fn privacy() -> Privacy {
    Privacy::new(&MasterKey::from_bytes([1; 32]), Box::new(OsEntropy))
}

struct Rig {
    station: Station,
    ms: u64,
    token: u64,
    drafts: Vec<Draft>,
    asked: Vec<crate::eligibility::Question>,
}

fn rig(mode: Mode, online: bool, drawn: Vec<(DonorToken, LastDonation)>) -> Rig {
    let kinds = [DeviceKind::Scanner, DeviceKind::IdReader];
    let device = |kind: DeviceKind| DeviceRoute {
        id: DeviceId::new(&format!("bed1.{kind}")).unwrap(),
        kind,
        beds: vec![bed()],
    };
    let listed = serde_json::json!({
        "queue": "A1", "token": privacy().token(NUMBER).unwrap(), "masked": "王**", "age_years": 36,
        "programme_ml": 400, "screening": true, "consent": true, "eligible": true, "din": null,
        "group": "G-17", "codes": [privacy().token(CERTIFICATE).unwrap()], "fetched": at(0).wall,
    });
    let parts = StationParts {
        station: StationId::new("S1").unwrap(),
        mode,
        utc_offset_min: 480,
        settings: Settings { eligibility_unasked: true, ..Settings::default() },
        beds: vec![BedParts { bed: bed(), donor_connected_seal: DonorConnectedSeal::Locked }],
        devices: kinds.map(device).to_vec(),
        probes: Vec::new(),
        privacy: privacy(),
        next_seq: 1,
        now: at(0),
        dins: Vec::new(),
        needles_binned: Vec::new(),
        clamp_delays: Vec::new(),
        worklist: vec![serde_json::from_value(listed).unwrap()],
        drawn,
        online,
        shift: crate::control::shift::ShiftParts::none(),
        recovered: crate::control::restart::Recovered::default(),
        closed: Vec::new(),
    };
    let station = Station::new(parts).unwrap();
    Rig { station, ms: 0, token: 0, drafts: Vec::new(), asked: Vec::new() }
}

impl Rig {
    fn step(&mut self, input: Input) -> Option<Result<Answer, ApiError>> {
        self.ms += 100;
        self.station.step(at(self.ms), input);
        let mut answer = None;
        while let Some(output) = self.station.poll_output() {
            match output {
                Output::Journal { drafts, .. } => {
                    let through = drafts.last().unwrap().seq();
                    self.drafts.extend(drafts);
                    self.station.step(at(self.ms), Input::Durable(through));
                }
                Output::Ask(question) => self.asked.push(question),
                Output::Answer { result, .. } => answer = Some(result),
                Output::Order { .. } | Output::ClockConfirmed(_) => {}
            }
        }
        answer
    }
    fn scan(&mut self, text: &str) {
        let device = DeviceId::new("bed1.scanner").unwrap();
        let scan = ScanText { text: text.to_owned(), aim: None };
        self.step(Input::Observed { device, observation: Observation::Scan(scan) });
    }
    fn card(&mut self, number: &str) {
        let card = IdCard {
            kind: drivers::IdCardKind::Citizen,
            name: "李小红".to_owned(),
            number: number.to_owned(),
            sex: None,
            birth: "19900101".to_owned(),
            valid_to: None,
        };
        let device = DeviceId::new("bed1.id_reader").unwrap();
        self.step(Input::Observed { device, observation: Observation::Card(card) });
    }
    fn typed(&mut self, number: &str, birth: &str, second: Option<&str>) -> Result<Answer, ApiError> {
        let person =
            TypedPerson { name: "王小明".to_owned(), number: number.to_owned(), birth: birth.to_owned() };
        self.token += 1;
        let rev = self.station.slots[0].rev();
        let by = ActingOperator { id: OperatorId::new("1001").unwrap(), role: Role::Nurse };
        let second = second.map(|id| ActingOperator { id: OperatorId::new(id).unwrap(), role: Role::Nurse });
        let op = ControlOp::TypedIdentity { bed: bed(), rev, person };
        self.step(Input::Request { token: self.token, by: Some(by), second, op }).unwrap()
    }
    /// The opening in the journal, the only one.
    fn opening(&self) -> Opening {
        let journal = self.journal();
        let all: Vec<&str> = journal.split(r#""opened":{"logic""#).collect();
        assert_eq!(all.len(), 2, "{journal}");
        let text = format!(r#"{{"logic"{}"#, all[1]);
        serde_json::Deserializer::from_str(&text).into_iter().next().unwrap().unwrap()
    }
    fn journal(&self) -> String {
        format!("{:?}", self.drafts).replace("\\\"", "\"")
    }
    fn refused(&mut self) -> Option<Refusal> {
        self.station.snapshot(at(self.ms)).beds[0].refused.clone()
    }
    fn phase(&mut self) -> PhaseName {
        self.station.snapshot(at(self.ms)).beds[0].phase
    }
}

/// Procedure 2.1, 2.2: ID card, queue number, certificate code and a typed document lead to the same donor of the worklist, each
/// journaled by its own name; none of them leaves the person in the journal. The certificate's code is passed on to the BMS.
#[test]
fn every_way_leads_to_the_donor_of_the_worklist() {
    for way in [IdentifiedBy::IdCard, IdentifiedBy::Queue, IdentifiedBy::DonorCard, IdentifiedBy::Typed] {
        let mut rig = rig(Mode::Simulated, true, Vec::new());
        match way {
            IdentifiedBy::IdCard => rig.card(NUMBER),
            IdentifiedBy::Queue => rig.scan("A1"),
            IdentifiedBy::DonorCard => rig.scan(CERTIFICATE),
            IdentifiedBy::Typed => {
                rig.typed(NUMBER, "19900101", Some("1002")).unwrap();
            }
        }
        let opening = rig.opening();
        let donor = &opening.donor;
        assert_eq!((donor.identified_by, &donor.screening), (way, &Known::Worklist));
        assert_eq!(donor.group, GroupCode::new("G-17").ok());
        assert_eq!(donor.eligibility, Eligibility::Cached { age_h: 1 });
        let second = (way == IdentifiedBy::Typed).then(|| OperatorId::new("1002").unwrap());
        assert_eq!(donor.identity_second, second);
        let journal = rig.journal();
        for person in [NUMBER, "小明", "小红", "donor.example"] {
            assert!(!journal.contains(person), "{person} by {way:?}");
        }
        assert!(opening.online && rig.asked.len() == 1);
        assert_eq!(rig.asked[0].queue.as_deref(), Some("A1"));
        // What a certificate says is the BMS's to understand.
        let code = Subject::Code(Zeroizing::new(CERTIFICATE.to_owned()));
        assert_eq!(rig.asked[0].subject, (way == IdentifiedBy::DonorCard).then_some(code));
    }
}

/// Procedure 2.1, 2.2: whom no list knows by a code is not guessed at, and the screen says so; by card or typing the donor is
/// taken as unlisted: form, smallest programme, and the BMS asked by the document's number.
#[test]
fn somebody_on_no_list_is_taken_by_document_only() {
    let mut rig = rig(Mode::Simulated, true, Vec::new());
    rig.scan("https://donor.example/c/other");
    assert_eq!((rig.refused(), rig.phase()), (Some(Refusal::DonorUnknown), PhaseName::Idle));
    rig.card("110101198502021236");
    let opening = rig.opening();
    assert_eq!((&opening.donor.screening, opening.programme_ml), (&Known::Missing, 200));
    let question = rig.asked[0].json("S1");
    assert!(question.contains(r#""id_number":"110101198502021236""#), "{question:?}");
    assert!(!format!("{:?}", rig.asked).contains("1985"));
}

/// Procedure 2.1: what cannot be on a document is refused and said, and a second person is needed.
#[test]
fn a_typed_identity_is_checked_and_confirmed() {
    let mut rig = rig(Mode::Simulated, true, Vec::new());
    let refusal = |result: Result<Answer, ApiError>| result.unwrap_err().refusal;
    assert_eq!(refusal(rig.typed(NUMBER, "19900101", None)), Some(Refusal::SecondPersonNeeded));
    assert_eq!(refusal(rig.typed(NUMBER, "19900101", Some("1001"))), Some(Refusal::SamePerson));
    for (number, birth, fault) in [
        ("110101199001011238", "19900101", IdentityFault::Number),
        ("12", "19900101", IdentityFault::Number),
        (NUMBER, "19900102", IdentityFault::Differ),
        (NUMBER, "19901301", IdentityFault::Birth),
        ("E12345678", "20990101", IdentityFault::Birth),
    ] {
        let told = refusal(rig.typed(number, birth, Some("1002")));
        assert_eq!(told, Some(Refusal::IdentityMistyped(fault)), "{number} {birth}");
    }
    assert_eq!(rig.phase(), PhaseName::Idle);
    assert!(matches!(rig.typed("E12345678", "19850202", Some("1002")), Ok(Answer::Opened { .. })));
    assert_eq!(rig.opening().donor.age_years, 41);
}

/// Procedure 2.4: the answer goes to the donation that asked, and to no other.
#[test]
fn an_answer_finds_its_donation_or_nobody() {
    let mut rig = rig(Mode::Simulated, true, Vec::new());
    rig.card(NUMBER);
    let donation = rig.asked[0].donation;
    let answer = Some(EligibilityAnswer { eligible: false, why: None, last: None });
    rig.step(Input::Eligibility { donation: station::ident::DonationId(999), answer: answer.clone() });
    let waits = format!("{:?}", rig.station.snapshot(at(rig.ms)).beds[0].prompt);
    assert_eq!(waits, "ConfirmIdentity");
    rig.step(Input::Eligibility { donation, answer });
    let told = format!("{:?}", rig.station.snapshot(at(rig.ms)).beds[0].prompt);
    assert_eq!(told, "NotEligible(Told(Deferred))");
    assert!(rig.station.slots[0].question.is_none(), "nothing of the person is kept any longer");
}

/// Procedure 2.4, 2.6: whoever had a needle in here today is refused, however old and kind the list is and with no BMS to
/// ask; validation with water bags is nobody's donation.
#[test]
fn a_donor_drawn_here_today_is_not_taken_again() {
    let today = i32::try_from((at(0).wall.0 + 480 * 60_000).div_euclid(86_400_000)).unwrap();
    let token = privacy().token(NUMBER).unwrap();
    for (kind, day, taken) in [
        (LastKind::WholeBlood, today, false),
        (LastKind::NeedleOnly, today, false),
        (LastKind::NeedleOnly, today - 1, true),
        (LastKind::WholeBlood, today - 190, true),
    ] {
        let drawn = vec![(token.clone(), LastDonation { day, kind })];
        let mut rig = rig(Mode::Simulated, false, drawn.clone());
        rig.card(NUMBER);
        assert_eq!(rig.phase() == PhaseName::Identify, taken, "{kind:?} {day}");
        if !taken {
            let refused = rig.refused();
            assert!(
                matches!(
                    refused,
                    Some(Refusal::Ineligible(NotEligible::Interval { .. } | NotEligible::DrawnToday))
                ),
                "{refused:?}"
            );
        }
        let mut water = self::rig(Mode::Validation, false, drawn);
        water.card(NUMBER);
        assert_eq!(water.phase(), PhaseName::Identify);
    }
}

/// Procedure 3.8: neither a free bed nor a busy one is chosen by a DIN.
#[test]
fn a_din_never_opens_a_bed() {
    let mut rig = rig(Mode::Simulated, true, Vec::new());
    rig.scan("=A99992612345608");
    assert_eq!(rig.phase(), PhaseName::Idle);
    let rev = rig.station.slots[0].rev();
    let op = ControlOp::Act { bed: BedId::new(2).unwrap(), rev, act: Act::BagLooked };
    let answer = rig.step(Input::Request { token: 9, by: None, second: None, op }).unwrap();
    assert_eq!(answer.unwrap_err().code, ErrorCode::NoSuchBed);
}

/// A card read at a bed with a donor on it is nobody's question but its own: the one about the donor who lies there stays.
#[test]
fn a_stranger_s_card_at_a_busy_bed_leaves_the_question_about_its_donor_alone() {
    let mut rig = rig(Mode::Simulated, true, Vec::new());
    rig.scan("A1");
    assert_eq!(rig.asked[0].queue.as_deref(), Some("A1"));
    let asked = rig.station.slots[0].question.clone();
    assert!(asked.is_some());
    rig.card("110101198502021236");
    assert_eq!(rig.asked.len(), 1, "nobody new was asked about");
    let kept = rig.station.slots[0].question.as_ref().map(|question| question.donor.clone());
    assert_eq!(kept, asked.map(|question| question.donor));
}
