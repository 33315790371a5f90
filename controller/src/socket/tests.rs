//! The socket over a real Unix socket pair, with a control thread that answers by script.

use super::hub::{Hub, HubParts, StoreQuery};
use super::session;
use crate::clock::{BootId, Clock, ClockTrust, Stamp};
use crate::control::io::{ControlOp, Input};
use crate::operators::{LockOut, Roster};
use crate::privacy::OsEntropy;
use serde_json::{Value, json};
use station::api::look::{LookFrom, PersonView};
use station::api::{Answer, OutboxView, Snapshot};
use station::device::Mode;
use station::ident::{DonorToken, OperatorId, StationId};
use station::measure::{Mono, Span, Wall};
use station::procedure::event::Role;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::{mpsc, watch};

struct Still(Arc<Mutex<Mono>>);
impl Clock for Still {
    fn now(&mut self) -> Stamp {
        Stamp { boot_id: BootId(1), mono: *self.0.lock().unwrap(), wall: Wall(0), trust: ClockTrust::Synced }
    }
    fn confirm(&mut self, _: Wall) {}
}

fn snapshot() -> Snapshot {
    Snapshot {
        v: 1,
        number: 1,
        station: StationId::new("S1").unwrap(),
        mode: Mode::Simulated,
        mono: Mono(0),
        wall: Wall(0),
        utc_offset_min: 480,
        clock_trusted: true,
        beds: vec![],
        outbox: OutboxView::default(),
        worklist: [].into(),
        programmes_ml: Vec::new(),
        climate: Vec::new(),
        badge: None,
        paper: None,
        journal_ok: true,
        shift: station::api::shift::ShiftView::default(),
        resting: Vec::new(),
        segments_open: Vec::new(),
    }
}

struct Terminal {
    lines: Lines<BufReader<OwnedReadHalf>>,
    write: OwnedWriteHalf,
}

impl Terminal {
    fn new(hub: &Arc<Hub>) -> Self {
        let (ours, theirs) = UnixStream::pair().unwrap();
        tokio::spawn(session::run(theirs, hub.clone()));
        let (read, write) = ours.into_split();
        Self { lines: BufReader::new(read).lines(), write }
    }
    async fn send(&mut self, text: &str) {
        self.write.write_all(text.as_bytes()).await.unwrap();
        self.write.write_all(b"\n").await.unwrap();
    }
    async fn hear(&mut self) -> Option<Value> {
        self.lines.next_line().await.unwrap().map(|l| serde_json::from_str(&l).unwrap())
    }
    async fn ask(&mut self, id: &str, op: Value) -> Value {
        self.send(&json!({"v": 1, "id": id, "op": op}).to_string()).await;
        let heard = self.hear().await.expect("an answer");
        assert_eq!(heard["answer"]["re"], id, "{heard}");
        heard["answer"]["result"].clone()
    }
}

struct Bench {
    hub: Arc<Hub>,
    inputs: mpsc::Receiver<Input>,
    urgent: mpsc::Receiver<Input>,
    time: Arc<Mutex<Mono>>,
    snapshots: watch::Sender<Arc<Snapshot>>,
}

fn bench() -> Bench {
    bench_where(false)
}

fn bench_where(badge_needed: bool) -> Bench {
    let mut roster = Roster::new(LockOut::default());
    let id = OperatorId::new("9000").unwrap();
    roster.apply(roster.admit(id, Role::Admin, "739155", &mut OsEntropy).unwrap());
    let id = OperatorId::new("1001").unwrap();
    roster.apply(roster.admit(id, Role::Nurse, "246813", &mut OsEntropy).unwrap());
    let (to_control, inputs) = mpsc::channel(8);
    let (store, mut asked) = mpsc::channel::<StoreQuery>(2);
    tokio::spawn(async move {
        while let Some(query) = asked.recv().await {
            match query {
                StoreQuery::Alarms { before, answer } => {
                    assert_eq!(before, Some(7));
                    answer.send(Ok(Answer::Alarms { alarms: vec![] })).unwrap();
                }
                StoreQuery::Record { .. } => panic!("nobody asks for a record here"),
                StoreQuery::Person { donor, answer } => {
                    let number = donor.to_string();
                    let person = PersonView { name: "王小明".into(), number, birth: "19900101".into() };
                    answer.send(Ok(person)).unwrap();
                }
            }
        }
    });
    let (sender, snapshots) = watch::channel(Arc::new(snapshot()));
    let time = Arc::new(Mutex::new(Mono(0)));
    let (_, equipment) = crate::devices::witness::Witness::start(std::path::Path::new("/nowhere")).unwrap();
    let (to_protect, urgent) = mpsc::channel(8);
    let hub = Hub::new(HubParts {
        to_control,
        to_protect,
        store,
        snapshots,
        equipment,
        roster: Arc::new(Mutex::new(roster)),
        clock: Box::new(Still(time.clone())),
        idle: Span::from_mins(10),
        badge_needed,
    });
    Bench { hub: Arc::new(hub), inputs, urgent, time, snapshots: sender }
}

fn resume() -> Value {
    json!({"act": {"bed": 1, "rev": 4, "act": "resume"}})
}

fn pause() -> Value {
    json!({"act": {"bed": 1, "rev": 4, "act": "pause"}})
}

#[tokio::test]
async fn an_act_reaches_the_control_thread_with_its_person_and_the_answer_comes_back() {
    let mut b = bench();
    let mut t = Terminal::new(&b.hub);
    let signed = t.ask("1", json!({"sign_in": {"operator": "1001", "pin": "246813"}})).await;
    assert_eq!(signed["Ok"]["signed_in"], json!({"operator": "1001", "role": "nurse"}));
    assert!(matches!(b.inputs.recv().await, Some(Input::SignedIn { present: true, .. })));
    t.send(&json!({"v": 1, "id": "2", "op": resume()}).to_string()).await;
    let Some(Input::Request { token, by, op, .. }) = b.inputs.recv().await else { panic!("a request") };
    assert_eq!(by.unwrap().id.as_str(), "1001");
    assert!(matches!(op, ControlOp::Act { rev: 4, .. }));
    b.hub.deliver(token, Ok(Answer::Done));
    assert_eq!(t.hear().await.unwrap()["answer"]["result"]["Ok"], "done");
}

#[tokio::test]
async fn the_same_id_is_carried_out_once_over_reconnects_too() {
    let mut b = bench();
    let mut first = Terminal::new(&b.hub);
    first.send(&json!({"v": 1, "id": "x", "op": resume()}).to_string()).await;
    let Some(Input::Request { token, .. }) = b.inputs.recv().await else { panic!("a request") };
    drop(first);
    b.hub.deliver(token, Ok(Answer::Done));
    let mut second = Terminal::new(&b.hub);
    assert_eq!(second.ask("x", resume()).await["Ok"], "done");
    assert!(b.inputs.try_recv().is_err(), "it was carried out twice");
}

/// Procedure 10.3: nobody unknown looks; a donor's data come only after the control thread has said that the look is durable, and an answer is never
/// given again from memory: the same request is another look.
#[tokio::test]
async fn a_look_is_asked_anew_each_time_and_answered_after_it_is_durable() {
    let mut b = bench();
    let mut t = Terminal::new(&b.hub);
    let look = json!({"look": {"sight": {"donor": 1}, "why": "identity"}});
    assert_eq!(t.ask("1", look.clone()).await["Err"]["code"], "not_signed_in");
    t.ask("2", json!({"sign_in": {"operator": "1001", "pin": "246813"}})).await;
    assert!(matches!(b.inputs.recv().await, Some(Input::SignedIn { .. })));
    let donor = DonorToken::new(&"ab".repeat(32)).unwrap();
    for _ in 0..2 {
        t.send(&json!({"v": 1, "id": "3", "op": look}).to_string()).await;
        let Some(Input::Request { token, by, op, .. }) = b.inputs.recv().await else { panic!("a look") };
        assert_eq!(by.unwrap().id.as_str(), "1001");
        assert!(matches!(op, ControlOp::Look(look) if look.from == LookFrom::Terminal));
        b.hub.deliver(token, Ok(Answer::Looked { donor: Some(donor.clone()) }));
        let heard = t.hear().await.unwrap()["answer"]["result"]["Ok"]["person"].clone();
        assert_eq!(heard, json!({"name": "王小明", "number": donor.to_string(), "birth": "19900101"}));
    }
    // A command line says who it is with each question, and signs nobody in.
    let mut line = Terminal::new(&b.hub);
    let export = |pin: &str| json!({"look": {"sight": {"record": {"donation": 7}}, "why": "audit", "who": {"operator": "1001", "pin": pin}}});
    assert_eq!(line.ask("4", export("000000")).await["Err"]["code"], "denied");
    line.send(&json!({"v": 1, "id": "5", "op": export("246813")}).to_string()).await;
    let Some(Input::Request { token, op, .. }) = b.inputs.recv().await else { panic!("a look") };
    assert!(matches!(op, ControlOp::Look(look) if look.from == LookFrom::CommandLine));
    b.hub.deliver(token, Ok(Answer::Looked { donor: None }));
    assert_eq!(line.hear().await.unwrap()["answer"]["result"]["Ok"], json!({"looked": {}}));
}

#[tokio::test]
async fn the_alarm_log_is_for_those_who_are_signed_in() {
    let mut b = bench();
    let mut t = Terminal::new(&b.hub);
    let page = json!({"alarms": {"before": 7}});
    assert_eq!(t.ask("1", page.clone()).await["Err"]["code"], "not_signed_in");
    t.ask("2", json!({"sign_in": {"operator": "1001", "pin": "246813"}})).await;
    assert_eq!(t.ask("3", page).await["Ok"], json!({"alarms": {"alarms": []}}));
    assert!(matches!(b.inputs.recv().await, Some(Input::SignedIn { .. })), "nothing else reached control");
    assert!(b.inputs.try_recv().is_err());
}

#[tokio::test]
async fn a_wrong_pin_is_denied_and_a_terminal_left_alone_is_signed_out() {
    let mut b = bench();
    let mut t = Terminal::new(&b.hub);
    let denied = t.ask("1", json!({"sign_in": {"operator": "1001", "pin": "000000"}})).await;
    assert_eq!(denied["Err"]["code"], "denied");
    t.ask("2", json!({"sign_in": {"operator": "1001", "pin": "246813"}})).await;
    assert!(matches!(b.inputs.recv().await, Some(Input::SignedIn { .. })));
    *b.time.lock().unwrap() = Mono(0) + Span::from_mins(10);
    t.send(&json!({"v": 1, "id": "3", "op": pause()}).to_string()).await;
    let Some(Input::Request { by, .. }) = b.urgent.recv().await else { panic!("a request") };
    assert_eq!(by, None, "a protective act still gets through, unidentified");
    // What is true whoever says it, and the sound, are anyone's.
    for op in ["needle_in", "pause_audio", "resume_audio"] {
        t.send(&json!({"v": 1, "id": op, "op": {"act": {"bed": 1, "rev": 4, "act": op}}}).to_string()).await;
        let Some(Input::Request { token, by, .. }) = b.inputs.recv().await else { panic!("{op}") };
        assert_eq!(by, None, "{op}");
        b.hub.deliver(token, Ok(Answer::Done));
        assert_eq!(t.hear().await.unwrap()["answer"]["re"], op);
    }
    // The next thing that needs a name tells the terminal that there is none, instead of being refused.
    for op in [resume(), json!({"rest_over": {"donation": 3}})] {
        assert_eq!(t.ask("4", op).await["Err"]["code"], "not_signed_in");
        t.ask("5", json!({"sign_in": {"operator": "1001", "pin": "246813"}})).await;
        assert!(matches!(b.inputs.recv().await, Some(Input::SignedIn { .. })));
        let later = b.time.lock().unwrap().0;
        *b.time.lock().unwrap() = Mono(later) + Span::from_mins(10);
    }
}

/// Procedure 1.2: number and PIN alone sign nobody in; the badge that was read is that person's.
#[tokio::test]
async fn nobody_signs_in_without_the_badge() {
    let mut b = bench_where(true);
    let mut t = Terminal::new(&b.hub);
    let sign_in = json!({"sign_in": {"operator": "1001", "pin": "246813"}});
    for (id, badge) in [("1", None), ("2", Some("9000"))] {
        let mut shown = snapshot();
        shown.badge =
            badge.map(|who| (station::ident::BedId::new(1).unwrap(), OperatorId::new(who).unwrap()));
        b.snapshots.send_replace(Arc::new(shown));
        assert_eq!(t.ask(id, sign_in.clone()).await["Err"]["code"], "badge_first");
    }
    assert!(b.inputs.try_recv().is_err());
    let mut shown = snapshot();
    shown.badge = Some((station::ident::BedId::new(1).unwrap(), OperatorId::new("1001").unwrap()));
    b.snapshots.send_replace(Arc::new(shown));
    let wrong = json!({"sign_in": {"operator": "1001", "pin": "000000"}});
    assert_eq!(t.ask("3", wrong).await["Err"]["code"], "denied");
    // The same request may be tried again when nothing was looked at.
    assert_eq!(t.ask("1", sign_in).await["Ok"]["signed_in"]["operator"], "1001");
    assert!(matches!(b.inputs.recv().await, Some(Input::SignedIn { .. })));
}

#[tokio::test]
async fn what_is_no_request_is_answered_and_what_is_too_long_ends_the_connection() {
    let b = bench();
    let mut t = Terminal::new(&b.hub);
    t.send("what?").await;
    assert_eq!(t.hear().await.unwrap()["answer"]["result"]["Err"]["code"], "malformed");
    t.send(&json!({"v": 2, "id": "1", "op": "snapshot"}).to_string()).await;
    assert_eq!(t.hear().await.unwrap()["answer"]["result"]["Err"]["code"], "version");
    t.send(&"x".repeat(station::api::MAX_FRAME)).await;
    assert_eq!(t.hear().await.unwrap()["answer"]["result"]["Err"]["code"], "too_long");
    let after = t.lines.next_line().await;
    assert!(!matches!(after, Ok(Some(_))), "the connection has ended");
}

#[tokio::test]
async fn a_subscriber_gets_the_picture_and_is_counted_until_it_leaves() {
    let mut b = bench();
    let mut t = Terminal::new(&b.hub);
    assert_eq!(t.ask("1", json!("subscribe")).await["Ok"], "done");
    assert_eq!(t.hear().await.unwrap()["snapshot"]["station"], "S1");
    assert!(matches!(b.inputs.recv().await, Some(Input::Terminals(1))));
    drop(t);
    assert!(matches!(b.inputs.recv().await, Some(Input::Terminals(0))));
}

#[tokio::test]
async fn a_full_control_queue_is_said_instead_of_waited_for() {
    let mut b = bench();
    let mut t = Terminal::new(&b.hub);
    for n in 0..8 {
        t.send(&json!({"v": 1, "id": n.to_string(), "op": resume()}).to_string()).await;
    }
    assert_eq!(t.ask("one more", resume()).await["Err"]["code"], "busy");
    // The same id may be tried again: nothing was done.
    assert!(matches!(b.inputs.recv().await, Some(Input::Request { .. })));
    t.send(&json!({"v": 1, "id": "one more", "op": resume()}).to_string()).await;
    for _ in 0..8 {
        assert!(matches!(b.inputs.recv().await, Some(Input::Request { .. })));
    }
}

#[tokio::test]
async fn a_protective_act_finds_its_way_when_everything_else_is_full() {
    let mut b = bench();
    let mut t = Terminal::new(&b.hub);
    for n in 0..8 {
        t.send(&json!({"v": 1, "id": n.to_string(), "op": resume()}).to_string()).await;
    }
    assert_eq!(t.ask("one more", resume()).await["Err"]["code"], "busy");
    // Another terminal has used this very id, for something else.
    t.send(&json!({"v": 1, "id": "0", "op": pause()}).to_string()).await;
    let Some(Input::Request { token, .. }) = b.urgent.recv().await else { panic!("a request") };
    b.hub.deliver(token, Ok(Answer::Done));
    assert_eq!(t.hear().await.unwrap()["answer"]["result"]["Ok"], "done");
}

/// Procedure 8.1: a protective act is taken whoever is named beside it: at once, before that person's PIN is even looked at. A
/// hand on the line is one too.
#[tokio::test]
async fn a_wrong_second_person_holds_no_protective_act_up() {
    let by_hand = json!({"by_hand": {"step": "clamp_closed", "note": "pinched"}});
    for (act, protective) in [(json!("pause"), true), (by_hand, false)] {
        let mut b = bench();
        let mut t = Terminal::new(&b.hub);
        let second = json!({"operator": "1001", "pin": "0000"});
        let op = json!({"act": {"bed": 1, "rev": 7, "act": act, "second": second}});
        t.send(&json!({"v": 1, "id": "1", "op": op}).to_string()).await;
        let queue = if protective { &mut b.urgent } else { &mut b.inputs };
        let Some(Input::Request { token, second, .. }) = queue.recv().await else { panic!("a request") };
        assert!(second.is_none());
        b.hub.deliver(token, Ok(Answer::Done));
        assert_eq!(t.hear().await.unwrap()["answer"]["result"]["Ok"], "done");
    }
}

#[tokio::test]
async fn who_is_one_too_many_is_told_so() {
    let b = bench();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s");
    let listener = super::bind(&path, super::Access::default()).unwrap();
    tokio::spawn(super::serve(listener, b.hub.clone(), super::Access::default()));
    let mut held = Vec::new();
    for _ in 0..station::api::MAX_CLIENTS {
        let stream = UnixStream::connect(&path).await.unwrap();
        let (read, mut write) = stream.into_split();
        write.write_all(b"what?\n").await.unwrap();
        let mut lines = BufReader::new(read).lines();
        assert!(lines.next_line().await.unwrap().unwrap().contains("malformed"));
        held.push((lines, write));
    }
    let one_more = UnixStream::connect(&path).await.unwrap();
    let said = BufReader::new(one_more).lines().next_line().await.unwrap().unwrap();
    assert!(said.contains("busy") && said.contains("too many terminals"), "{said}");
}
