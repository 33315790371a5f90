//! The state of the terminal: which screen, what was last heard, what was asked and not yet answered.
//!
//! Owns: the screens as one enum, the requests under way, their ids. Refuses: flags beside the screen, and any fact about
//! a bed that did not come from the daemon. A crash loses all of it; the daemon goes on without.

use crate::after::AfterForm;
use crate::alarm_log::AlarmLog;
use crate::companion::{Offer, Page, WhichScreen};
use crate::form::{FieldKind, Form};
use crate::irreversible::{Asked, Sendable};
use crate::lost::LostWhy;
use crate::menu::Menu;
use crate::shift::ShiftForm;
use crate::whole_name::WholeName;
use crate::words::Language;
use ratatui::layout::Rect;
use station::api::{ApiError, BedView, Op, Request, Snapshot, VERSION, WorkView};
use station::ident::{BedId, Din, DonationId, LabelKind, OperatorId};
use station::procedure::event::{HandStep, ReactionClass, Role};
use station::record::Which;
use zeroize::Zeroize;

/// Most requests waiting for their answer; the oldest is given up beyond.
pub const MAX_PENDING: usize = 32;

/// A place to come back to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// All beds.
    Overview,
    /// One bed.
    Bed(BedId),
    /// The shift's page.
    Shift,
    /// The page after the donation.
    After,
}

/// A page that belongs to no bed, and the marked line of its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Listed {
    /// The shift's page.
    Shift(usize),
    /// The page after the donation.
    After(usize),
}

/// What a form of such a page is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageForm {
    /// Of the shift.
    Shift(ShiftForm),
    /// Of a donation that is over.
    After(AfterForm),
}

/// What a form at a bed is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Purpose {
    /// A second person for this act.
    Second(Sendable),
    /// A label that no scanner reads.
    Label(LabelKind),
    /// A donor whose document no reader reads.
    Identity,
    /// What stands on the donor's form.
    DonorForm,
    /// A step completed by hand.
    ByHand(HandStep),
    /// What was measured, done and came of a donor's reaction of this class and severity.
    Reaction(ReactionClass, u8),
}

/// What fills the screen. Everything else is drawn around it.
#[derive(Debug, Clone)]
pub enum Screen {
    /// Signing in. The beds stay in sight and the protective keys work.
    SignIn {
        /// Number and PIN.
        form: Form,
        /// Where to go after.
        then: Place,
    },
    /// All beds.
    Overview,
    /// One bed.
    Bed(BedId),
    /// A question before something that cannot be undone.
    Confirm {
        /// Where.
        bed: BedId,
        /// What.
        asked: Asked,
        /// Whether the bed's prompt brought it up: then the question ends when the prompt does.
        by_prompt: bool,
    },
    /// A choice out of a list.
    Choose {
        /// Where.
        bed: BedId,
        /// Which list.
        menu: Menu,
        /// The marked item.
        at: usize,
    },
    /// A form at a bed.
    Form {
        /// Where.
        bed: BedId,
        /// What for.
        purpose: Purpose,
        /// The fields.
        form: Form,
    },
    /// The alarm log.
    AlarmLog {
        /// The page.
        log: AlarmLog,
        /// Where to go after.
        back: Place,
    },
    /// The shift's page; the chosen item of its list.
    Shift(usize),
    /// The page after the donation; the chosen item of its list.
    After(usize),
    /// A form of one of these pages.
    PageForm {
        /// The page and item to come back to.
        back: Listed,
        /// What for.
        purpose: PageForm,
        /// The fields.
        form: Form,
    },
    /// The keys; the screen to come back to.
    Help(Box<Screen>),
    /// The companion's pages.
    Companion {
        /// The pages.
        pages: Vec<Page>,
        /// The one shown.
        page: usize,
        /// The line marked on it.
        line: usize,
        /// The screen to come back to.
        back: Box<Screen>,
    },
    /// No connection to the daemon.
    Lost {
        /// Why.
        why: LostWhy,
        /// Where to go after.
        back: Place,
    },
}

impl Screen {
    /// The screen of this place.
    pub fn of(place: Place) -> Self {
        match place {
            Place::Overview => Self::Overview,
            Place::Bed(bed) => Self::Bed(bed),
            Place::Shift => Self::Shift(0),
            Place::After => Self::After(0),
        }
    }

    /// Its place, to come back to it.
    pub fn place(&self) -> Place {
        match self {
            Self::SignIn { then, .. } => *then,
            Self::Help(back) | Self::Companion { back, .. } => back.place(),
            Self::AlarmLog { back: place, .. } | Self::Lost { back: place, .. } => *place,
            Self::Overview => Place::Overview,
            Self::Shift(_) | Self::PageForm { back: Listed::Shift(_), .. } => Place::Shift,
            Self::After(_) | Self::PageForm { back: Listed::After(_), .. } => Place::After,
            Self::Bed(bed)
            | Self::Confirm { bed, .. }
            | Self::Choose { bed, .. }
            | Self::Form { bed, .. } => Place::Bed(*bed),
        }
    }

    /// What a page that is laid over this screen keeps: a half-typed form as it is, but no question, whose prompt may be
    /// gone by then.
    pub fn kept(&self) -> Box<Self> {
        match self {
            Self::Help(back) | Self::Companion { back, .. } => back.clone(),
            Self::SignIn { .. }
            | Self::Overview
            | Self::Bed(_)
            | Self::Form { .. }
            | Self::Shift(_)
            | Self::After(_)
            | Self::PageForm { .. } => Box::new(self.clone()),
            Self::Confirm { .. } | Self::Choose { .. } | Self::AlarmLog { .. } | Self::Lost { .. } => {
                Box::new(Self::of(self.place()))
            }
        }
    }
}

/// What the station has stored of a donation that is over: durable, and on its way to the BMS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stored {
    /// A form: the label on it, and the number that the donation has here.
    Paper(Din, DonationId),
    /// A word about a closed donation, or a correction of its record.
    Word(Which),
}

/// A request under way.
#[derive(Debug)]
pub struct Pending {
    /// As sent; sent again with the same id after a lost connection.
    pub request: Request,
    /// The act, when it was one, to send it again with a second person.
    pub act: Option<(BedId, Sendable)>,
    /// Bed and revision that are waited for to change; no second answer to one prompt meanwhile.
    pub holds: Option<(BedId, u64)>,
    /// Snapshots seen since the good answer; `None` before it.
    pub settled: Option<u8>,
}

impl Drop for Pending {
    fn drop(&mut self) {
        wipe(&mut self.request.op);
    }
}

/// Whether a page that belongs to no bed asks this.
pub fn of_page(op: &Op) -> bool {
    matches!(op, Op::Shift { .. } | Op::AfterClosing { .. } | Op::RestOver { .. } | Op::EnterLater { .. })
}

/// Overwrites the PINs and the person in a request.
pub fn wipe(op: &mut Op) {
    match op {
        Op::SignIn(credential) => credential.pin.zeroize(),
        Op::Act { second, .. } => {
            if let Some(credential) = second {
                credential.pin.zeroize();
            }
        }
        Op::TypedLabel { second, .. } => second.pin.zeroize(),
        Op::TypedIdentity { person, second, .. } => {
            second.pin.zeroize();
            for text in [&mut person.name, &mut person.number, &mut person.birth] {
                text.zeroize();
            }
        }
        Op::Shift { second, .. } => {
            if let Some(credential) = second {
                credential.pin.zeroize();
            }
        }
        Op::Look { who, .. } => {
            if let Some(credential) = who {
                credential.pin.zeroize();
            }
        }
        Op::EnterLater { donor, second, .. } => {
            donor.0.zeroize();
            second.pin.zeroize();
        }
        Op::Snapshot
        | Op::Subscribe
        | Op::Alarms { .. }
        | Op::Devices { .. }
        | Op::SignOut
        | Op::AfterClosing { .. }
        | Op::RestOver { .. }
        | Op::Call { .. } => {}
    }
}

/// What the outside has to do after an update.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// Write this request to the socket.
    Send(Request),
    /// Tell the companion that `F2` was pressed.
    PressCompanion,
    /// Ask the companion for its pages.
    OpenCompanion,
    /// Tell the companion that a line of its pages was chosen.
    ChooseCompanion {
        /// Which page.
        page: usize,
        /// Which line.
        line: usize,
    },
    /// Ring the terminal's bell: an alarm asks for a person.
    Ring,
    /// End the terminal.
    Quit,
}

/// The state of the terminal.
#[derive(Debug)]
pub struct App {
    /// Language of every word.
    pub language: Language,
    /// What fills the screen.
    pub screen: Screen,
    /// The last picture of the station.
    pub snapshot: Option<Snapshot>,
    /// Who is signed in on this connection.
    pub who: Option<(OperatorId, Role)>,
    /// The bed chosen in the overview; protective keys act on it there.
    pub selected: Option<BedId>,
    /// The donor chosen in the worklist, by place.
    pub work_at: usize,
    /// What the companion offers now.
    pub offer: Option<Offer>,
    /// Whether there is a companion at all.
    pub accompanied: bool,
    /// The daemon's last bad answer, until something else happens at that bed.
    pub notice: Option<(Option<BedId>, ApiError)>,
    /// What was stored last of a donation that is over, until something else is said.
    pub stored: Option<Stored>,
    /// A donor's whole name, asked for and journaled, for a short time.
    pub whole_name: Option<WholeName>,
    /// Requests under way.
    pub pending: Vec<Pending>,
    /// Milliseconds since the terminal began, for flashing.
    pub now_ms: u64,
    /// When the bell may ring again, and for how many alarms it rang.
    pub bell: (u64, usize),
    /// Calls to beds for which the bell has rung.
    pub called: u32,
    /// Size of the screen.
    pub area: Rect,
    prefix: String,
    count: u64,
}

impl App {
    /// A terminal that has heard nothing yet. `prefix` begins its request ids: unique among terminals for ten minutes, at
    /// most 40 characters.
    pub fn new(language: Language, prefix: String) -> Self {
        Self {
            language,
            screen: Screen::Lost { why: LostWhy::Connecting, back: Place::Overview },
            snapshot: None,
            who: None,
            selected: None,
            work_at: 0,
            offer: None,
            accompanied: false,
            notice: None,
            stored: None,
            whole_name: None,
            pending: Vec::new(),
            now_ms: 0,
            bell: (0, 0),
            called: 0,
            area: Rect::new(0, 0, 80, 24),
            prefix,
            count: 0,
        }
    }

    /// The bed as last heard of.
    pub fn bed(&self, bed: BedId) -> Option<&BedView> {
        self.snapshot.as_ref()?.beds.iter().find(|b| b.bed == bed)
    }

    /// The bed that keys act on: the one on the screen, else the chosen one.
    pub fn here(&self) -> Option<BedId> {
        match &self.screen {
            Screen::Bed(bed)
            | Screen::Confirm { bed, .. }
            | Screen::Choose { bed, .. }
            | Screen::Form { bed, .. } => Some(*bed),
            Screen::SignIn { .. }
            | Screen::Overview
            | Screen::Shift(_)
            | Screen::After(_)
            | Screen::PageForm { .. } => self.selected,
            Screen::Help(_) | Screen::AlarmLog { .. } | Screen::Companion { .. } => match self.screen.place()
            {
                Place::Bed(bed) => Some(bed),
                Place::Overview | Place::Shift | Place::After => self.selected,
            },
            Screen::Lost { .. } => None,
        }
    }

    /// Where the screen is, to come back to it.
    pub fn place(&self) -> Place {
        self.screen.place()
    }

    /// Goes to a place.
    pub fn go(&mut self, place: Place) {
        self.screen = Screen::of(place);
    }

    /// Whether an act at this bed waits for a second person at any terminal.
    pub fn is_asked_elsewhere(&self, bed: BedId) -> bool {
        self.snapshot.iter().flat_map(|s| &s.shift.seconds).any(|second| second.bed == bed)
    }

    /// The donor chosen in the worklist.
    pub fn waiting(&self) -> Option<&WorkView> {
        self.snapshot.as_ref()?.worklist.get(self.work_at)
    }

    /// Whether an answer to this bed's prompt is under way.
    pub fn is_saving(&self, bed: BedId) -> bool {
        self.pending.iter().any(|p| p.holds.is_some_and(|(held, _)| held == bed))
    }

    /// What is on the screen, for a companion.
    pub fn which(&self) -> WhichScreen {
        match &self.screen {
            // All is typed: the one thing to do is Enter, and nobody outside can do that.
            Screen::SignIn { form, .. }
            | Screen::Form { purpose: Purpose::Second(_), form, .. }
            | Screen::PageForm { form, .. }
                if form.is_ready() =>
            {
                WhichScreen::Elsewhere
            }
            Screen::SignIn { form, .. } => WhichScreen::SignIn { wants_pin: form.wants_pin() },
            Screen::Overview => WhichScreen::Overview,
            Screen::Shift(_) => WhichScreen::Shift,
            Screen::PageForm { form, .. } => match form.kind() {
                Some(FieldKind::Number) => WhichScreen::SignIn { wants_pin: false },
                Some(FieldKind::SecondNumber) => WhichScreen::SecondPerson { wants_pin: false },
                Some(FieldKind::Pin) => WhichScreen::SecondPerson { wants_pin: form.wants_pin() },
                Some(FieldKind::Label) => WhichScreen::Paper,
                Some(_) | None => WhichScreen::Elsewhere,
            },
            Screen::Bed(_) => WhichScreen::Bed,
            Screen::Form { purpose: Purpose::Second(_), form, .. } => {
                WhichScreen::SecondPerson { wants_pin: form.wants_pin() }
            }
            Screen::Form {
                purpose:
                    Purpose::Label(_)
                    | Purpose::Identity
                    | Purpose::DonorForm
                    | Purpose::ByHand(_)
                    | Purpose::Reaction(..),
                ..
            }
            | Screen::After(_)
            | Screen::Confirm { .. }
            | Screen::Choose { .. }
            | Screen::Help(_)
            | Screen::AlarmLog { .. }
            | Screen::Companion { .. }
            | Screen::Lost { .. } => WhichScreen::Elsewhere,
        }
    }

    /// Whether something asked on a page that belongs to no bed is under way.
    pub fn is_asking(&self) -> bool {
        self.pending.iter().any(|p| of_page(&p.request.op))
    }

    /// Makes a request with a new id and keeps it until it is answered.
    pub fn ask(
        &mut self,
        op: Op,
        act: Option<(BedId, Sendable)>,
        holds: Option<(BedId, u64)>,
    ) -> Vec<Effect> {
        self.count += 1;
        let request = Request { v: VERSION, id: format!("{}-{}", self.prefix, self.count), op };
        if self.pending.len() >= MAX_PENDING {
            self.pending.remove(0);
        }
        self.pending.push(Pending { request: request.clone(), act, holds, settled: None });
        vec![Effect::Send(request)]
    }
}
