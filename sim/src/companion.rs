//! The companion of the demonstration: `F2` does what a hand, a scanner or a card would do, and it arrives as bytes; `F3` lists
//! what may go wrong, the procedure with how to see each of its sentences, and what the lamps and buzzers of the beds do now.
//!
//! Owns: the words for it. Refuses: acts: what a person says stays with the keys of the terminal. Holds which kit is at which
//! bed; lost in a crash, then the number on the screen says which.

use crate::bed::SimBed;
use crate::bms::book::Book;
use crate::guide;
use crate::live::SharedSite;
use crate::nurse::deed::{Case, Deed};
use crate::nurse::morning::{Morning, MorningDeed};
use crate::staff::{NURSE, PIN, SECOND};
use crate::trick::{TRICKS, Trick};
use crate::world::hand::Hand;
use station::api::prompt::Prompt;
use station::api::shift::ClosedGate;
use station::api::{BedView, ScannerLoan, Snapshot};
use station::device::DeviceKind;
use station::ident::BedId;
use station::measure::{Mono, Span};
use station::procedure::phase::PhaseName;
use std::sync::{Arc, Mutex, PoisonError};
use tui::words::Language;
use tui::{Companion, Offer, Page, WhichScreen};

/// Somebody at every bed.
pub struct Helper {
    site: SharedSite,
    book: Option<Arc<Mutex<Book>>>,
    cases: Vec<Case>,
    /// What was offered last: pressing does exactly this.
    offered: Option<(BedId, Next)>,
    /// When a card was laid down: it takes a moment to be read.
    laid: Option<Mono>,
    morning: Option<Morning>,
}

/// A donation label of the simulated site begins so; codes of a bag do not.
const LABEL: &str = "=A9999";
/// A card that lies there so long and was not taken may be lifted again.
const CARD_READ: Span = Span::from_secs(10);

#[derive(Debug, Clone)]
enum Next {
    Badge(&'static str),
    Deed(Deed),
    Morning(MorningDeed),
    /// A form that was filled in on paper lies before the scanner of this free bed.
    Paper(BedId),
}

impl Helper {
    /// A helper for this site.
    pub fn new(site: SharedSite, book: Option<Arc<Mutex<Book>>>) -> Self {
        let cases = site.hold().beds.iter().map(|bed| Case::new(bed.number())).collect();
        Self { site, book, cases, offered: None, laid: None, morning: Morning::new().ok() }
    }

    /// The next deed of the world at a bed.
    fn deed(&mut self, snapshot: &Snapshot, bed: BedId) -> Option<Deed> {
        let view = snapshot.beds.iter().find(|view| view.bed == bed)?;
        let closed = |gate: &ClosedGate| gate.bed.is_none_or(|of| of == bed);
        if view.prompt == Prompt::Identify && snapshot.shift.closed.iter().any(closed) {
            // Nobody lays a card down where the station says that nothing may begin.
            return None;
        }
        let case = self.cases.iter_mut().find(|case| case.bed() == bed)?;
        let mut site = self.site.hold();
        case.take_up(view, &site);
        let deed = case.look(view, &mut site)?;
        drop(site);
        let being_read = self.laid.is_some_and(|at| snapshot.mono.since(at) < CARD_READ);
        if deed == Deed::LiftCard && view.prompt == Prompt::Identify && being_read {
            return None;
        }
        let can = match &deed {
            Deed::Act { .. } => false,
            Deed::Scan(_) => self.reader(snapshot, bed).is_some(),
            Deed::LayCard(_) => {
                self.site.hold().bed(bed).is_some_and(|bed| bed.is_plugged(DeviceKind::IdReader))
            }
            Deed::LiftCard | Deed::Hand(_) => true,
        };
        can.then_some(deed)
    }

    /// A free bed whose scanner works.
    fn free_scanner(&self, snapshot: &Snapshot) -> Option<BedId> {
        let free = |view: &&BedView| view.phase == PhaseName::Idle;
        let mut free = snapshot.beds.iter().filter(free).map(|view| view.bed);
        let site = self.site.hold();
        free.find(|bed| site.bed(*bed).is_some_and(|on| on.is_plugged(DeviceKind::Scanner)))
    }

    /// The bed whose scanner reads here: its own, or with that one's cable out the neighbour's that was lent.
    fn reader(&self, snapshot: &Snapshot, bed: BedId) -> Option<BedId> {
        let site = self.site.hold();
        let works = |bed: &BedId| site.bed(*bed).is_some_and(|bed| bed.is_plugged(DeviceKind::Scanner));
        let view = snapshot.beds.iter().find(|view| view.bed == bed)?;
        let lent = match view.scanner {
            Some(ScannerLoan::BorrowedFrom(home)) => Some(home),
            Some(ScannerLoan::LentTo(_)) | None => None,
        };
        [Some(bed), lent].into_iter().flatten().find(works)
    }
}

impl Helper {
    /// What hands and a scanner do for what the shift asks; what people say stays with the keys.
    fn morning_deed(&self, snapshot: &Snapshot) -> Option<MorningDeed> {
        let deed = self.morning.as_ref()?.next(snapshot, &self.site.hold())?;
        (!matches!(deed, MorningDeed::Ask(..))).then_some(deed)
    }
}

impl Companion for Helper {
    fn offer(
        &mut self,
        snapshot: &Snapshot,
        bed: Option<BedId>,
        screen: WhichScreen,
        language: Language,
    ) -> Option<Offer> {
        self.offered = None;
        let first = snapshot.beds.first().map(|view| view.bed)?;
        let here = bed.unwrap_or(first);
        let badge = |number: &'static str, wants_pin: bool| {
            if wants_pin { Err(Offer::Type(PIN.to_owned())) } else { Ok(Next::Badge(number)) }
        };
        let next = match screen {
            WhichScreen::SignIn { wants_pin } => badge(NURSE, wants_pin),
            WhichScreen::SecondPerson { wants_pin } => badge(SECOND, wants_pin),
            WhichScreen::Bed => Ok(Next::Deed(self.deed(snapshot, here)?)),
            WhichScreen::Shift => Ok(Next::Morning(self.morning_deed(snapshot)?)),
            WhichScreen::Paper => Ok(Next::Paper(self.free_scanner(snapshot)?)),
            WhichScreen::Overview | WhichScreen::Elsewhere => return None,
        };
        match next {
            Ok(next) => {
                let words = words(&next, language);
                self.offered = Some((here, next));
                Some(Offer::Press(words))
            }
            Err(hint) => Some(hint),
        }
    }

    fn press(&mut self, snapshot: &Snapshot, _bed: Option<BedId>, _screen: WhichScreen) {
        let Some((bed, next)) = self.offered.take() else { return };
        if let (Next::Morning(_), Some(morning)) = (&next, &mut self.morning) {
            morning.did();
        }
        if let Next::Deed(Deed::LayCard(_)) = &next {
            self.laid = Some(snapshot.mono);
        }
        let bed = match &next {
            Next::Morning(MorningDeed::Hand(bed, _) | MorningDeed::Scan(bed, _)) => *bed,
            Next::Deed(Deed::Scan(_)) => self.reader(snapshot, bed).unwrap_or(bed),
            Next::Paper(free) => *free,
            Next::Morning(MorningDeed::Ask(..)) | Next::Badge(_) | Next::Deed(_) => bed,
        };
        let paper = matches!(next, Next::Paper(_)).then(|| self.site.hold().next_kit().form());
        if let Some(bed) = self.site.hold().bed_mut(bed) {
            match next {
                Next::Morning(MorningDeed::Hand(_, hand)) => bed.hand(hand),
                Next::Morning(MorningDeed::Scan(_, code)) => bed.scan(&code),
                Next::Morning(MorningDeed::Ask(..)) => {}
                Next::Badge(number) => bed.scan(&format!("HS-OP-{number}")),
                Next::Deed(deed) => deed.perform(bed),
                Next::Paper(_) => paper.iter().for_each(|label| bed.scan(label)),
            }
        }
    }

    fn pages(&self, language: Language) -> Vec<Page> {
        let (tricks, guide, panels) = match language {
            Language::Zh => ("让它发生", "操作规程逐句", "面板"),
            Language::En => ("What may happen", "The procedure, sentence by sentence", "Panels"),
        };
        let words = |trick: &Trick| match language {
            Language::Zh => trick.zh.to_owned(),
            Language::En => trick.en.to_owned(),
        };
        let page = |title: &str, lines| Page { title: title.to_owned(), lines };
        let lit = |bed: &SimBed| lit(bed.number(), bed.panel.outputs(), language);
        vec![
            page(tricks, TRICKS.iter().map(words).collect()),
            page(guide, guide::lines(language)),
            page(panels, self.site.hold().beds.iter().map(lit).collect()),
        ]
    }

    fn choose(&mut self, bed: Option<BedId>, page: usize, line: usize) {
        let Some(trick) = TRICKS.get(line).filter(|_| page == TRICKS_PAGE) else { return };
        let mut book = self.book.as_ref().map(|book| book.lock().unwrap_or_else(PoisonError::into_inner));
        let mut site = self.site.hold();
        let at = site.beds.iter().position(|on| Some(on.number()) == bed).unwrap_or_default();
        trick.play(&mut site, book.as_deref_mut(), at);
    }
}

/// The pages, in their order.
const TRICKS_PAGE: usize = 0;

/// What a bed's lamps and buzzer do at this instant: red, yellow, cyan, buzzer.
fn lit(bed: BedId, [red, yellow, cyan, buzzer]: [bool; 4], language: Language) -> String {
    let (on, off) = match language {
        Language::Zh => ("亮", "灭"),
        Language::En => ("LIT", "dark"),
    };
    let lamp = |is_lit| if is_lit { on } else { off };
    let (red, yellow, cyan) = (lamp(red), lamp(yellow), lamp(cyan));
    match language {
        Language::Zh => {
            let buzzer = if buzzer { "响" } else { "静" };
            format!("{bed} 号位：红灯{red}，黄灯{yellow}，青灯{cyan}，蜂鸣器{buzzer}")
        }
        Language::En => {
            let buzzer = if buzzer { "SOUNDS" } else { "silent" };
            format!("bed {bed}: red {red}, yellow {yellow}, cyan {cyan}, buzzer {buzzer}")
        }
    }
}

fn words(next: &Next, language: Language) -> String {
    // The terminal says itself that this belongs to the demonstration.
    let (zh, en) = match next {
        Next::Badge(number) => (format!("出示胸卡 {number}"), format!("present badge {number}")),
        Next::Morning(MorningDeed::Hand(bed, hand)) => {
            let (zh, en) = of_hand(*hand);
            (format!("{bed} 号位：{zh}"), format!("bed {bed}: {en}"))
        }
        Next::Morning(MorningDeed::Scan(..)) => ("扫描包装条码".into(), "scan the package".into()),
        Next::Morning(MorningDeed::Ask(..)) => (String::new(), String::new()),
        Next::Paper(bed) => {
            (format!("在 {bed} 号位扫描纸质登记表"), format!("scan the paper form at bed {bed}"))
        }
        Next::Deed(deed) => {
            let (zh, en) = of_deed(deed);
            (zh.to_owned(), en.to_owned())
        }
    };
    match language {
        Language::Zh => zh,
        Language::En => en,
    }
}

fn of_deed(deed: &Deed) -> (&'static str, &'static str) {
    match deed {
        Deed::Scan(text) if !text.starts_with(LABEL) => ("扫描血袋上的条码", "scan the code on the bag"),
        Deed::Scan(text) if text.ends_with("08") => ("扫描登记表条码", "scan the label on the form"),
        Deed::Scan(text) if text.ends_with("01") => ("扫描血袋条码", "scan the label on the bag"),
        Deed::Scan(text) if text.ends_with("07") => ("扫描标本管条码", "scan the label on the tube"),
        Deed::Scan(_) => ("扫描其他条码", "scan the other label"),
        Deed::LayCard(_) => ("放上身份证", "lay the ID card on the reader"),
        Deed::LiftCard => ("取走身份证", "lift the ID card"),
        Deed::Act { .. } => ("", ""),
        Deed::Hand(hand) => of_hand(*hand),
    }
}

fn of_hand(hand: Hand) -> (&'static str, &'static str) {
    match hand {
        Hand::HangBag => ("把血袋放上采血秤", "hang the bag on the tray"),
        Hand::InsertNeedle => ("穿刺", "insert the needle"),
        Hand::ClosePouchClip => ("夹闭留样袋止流夹", "close the pouch's clip"),
        Hand::BreakPlug => ("折断折断塞", "break the plug"),
        Hand::FillTube(_) => ("充满标本管并混匀", "fill and invert the tube"),
        Hand::WithdrawNeedle => ("拔针", "take the needle out"),
        Hand::LayInSealer => ("把导管放入热合机", "lay the tube into the sealer"),
        Hand::LayInSeparator => ("把导管放入针头分离器", "lay the tube into the separator"),
        Hand::BinNeedle => ("针头放入利器盒", "drop the needle into the bin"),
        Hand::EmptyBin => ("更换利器盒", "put an empty bin there"),
        Hand::Pinch => ("用止血钳夹住导管", "pinch the line with a haemostat"),
        Hand::SealByHand => ("手工热合", "seal with a hand sealer"),
        Hand::SeparateByHand => ("手工分离针头", "take the needle off by hand"),
        Hand::PressStop => ("按下急停", "press the emergency stop"),
        Hand::ReleaseStop => ("松开急停", "release the emergency stop"),
        Hand::BumpTray => ("碰一下摇摆台", "bump the tray"),
        Hand::DropBag => ("碰落血袋", "knock the bag off"),
        Hand::LayWeight(200) => ("放上 200 g 砝码", "lay the 200 g weight"),
        Hand::LayWeight(500) => ("放上 500 g 砝码", "lay the 500 g weight"),
        Hand::LayWeight(_) => ("放上砝码", "lay the weight"),
        Hand::TakeWeight => ("取下砝码", "take the weight off"),
        Hand::ClearBed => ("取走血袋，清理采血位", "take the bag, clear the bed"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDS: [Hand; 20] = [
        Hand::LayWeight(500),
        Hand::TakeWeight,
        Hand::HangBag,
        Hand::InsertNeedle,
        Hand::ClosePouchClip,
        Hand::BreakPlug,
        Hand::FillTube(1),
        Hand::WithdrawNeedle,
        Hand::LayInSealer,
        Hand::LayInSeparator,
        Hand::BinNeedle,
        Hand::EmptyBin,
        Hand::Pinch,
        Hand::SealByHand,
        Hand::SeparateByHand,
        Hand::PressStop,
        Hand::ReleaseStop,
        Hand::BumpTray,
        Hand::DropBag,
        Hand::ClearBed,
    ];

    #[test]
    fn a_code_of_the_bag_is_called_so_whatever_its_last_digits_are() {
        let words = |text: &str| of_deed(&Deed::Scan(text.to_owned())).1;
        assert_eq!(words("&,1SIM4207"), "scan the code on the bag");
        assert_eq!(words("=A99992612345607"), "scan the label on the tube");
        assert_eq!(words("=A99992612345602"), "scan the other label");
    }

    #[test]
    fn the_panels_lamps_are_told_in_both_languages() {
        let bed = BedId::new(2).unwrap();
        let said = lit(bed, [false, true, false, true], Language::En);
        assert_eq!(said, "bed 2: red dark, yellow LIT, cyan dark, buzzer SOUNDS");
        let said = lit(bed, [true, false, true, false], Language::Zh);
        assert_eq!(said, "2 号位：红灯亮，黄灯灭，青灯亮，蜂鸣器静");
    }

    #[test]
    fn every_hand_has_words_in_both_languages_that_fit_the_now_area() {
        for hand in HANDS {
            let next = Next::Deed(Deed::Hand(hand));
            let (zh, en) = (words(&next, Language::Zh), words(&next, Language::En));
            assert!(!zh.is_empty() && zh.chars().count() * 2 <= 44, "{zh}");
            assert!(en.is_ascii() && !en.is_empty() && en.len() <= 44, "{en}");
        }
    }
}
