//! Chinese: the one thing to do now, the steps and the phases.
//!
//! Owns: these words. Refuses: a prompt that does not say what to do. Holds no state.

use super::{abort_why, hand_step};
use station::api::prompt::{Prompt, ScanWanted};
use station::api::{ChainStep, ScannerLoan};
use station::ident::BedId;
use station::procedure::eligibility::{Deferral, NotEligible, day_words};
use station::procedure::phase::PhaseName;

pub(crate) fn headline(prompt: &Prompt, name: Option<&str>) -> String {
    let words = match prompt {
        Prompt::Identify => "请将身份证放在读卡区",
        Prompt::ConfirmIdentity => "请问：您的姓名和出生日期？",
        Prompt::ReadForm => "请照登记表录入征询体检、核准量和知情同意",
        Prompt::WaitEligibility => "请稍候：正在联网查询献血资格",
        Prompt::NotEligible(why) => return not_eligible(*why),
        Prompt::NoNeedle => "无法保存记录，不能进针：请终止",
        Prompt::Newer => "本终端版本旧于工作站",
        Prompt::Scan { wanted, again } => return scan(*wanted, *again, name),
        Prompt::LookAtBag => "检查血袋：无渗漏、无浑浊、未过期",
        Prompt::PlaceBag => "血袋放上采血秤，导管放入夹管器",
        Prompt::WaitPrepare => "请稍候：去皮，混匀和夹管自检",
        Prompt::PrepareArm => "选择手臂，查看皮肤，消毒",
        Prompt::AskAgain => "再次询问：姓名和出生日期？",
        Prompt::InsertNeedle => "静脉穿刺",
        Prompt::SecondAttempt => "第二次穿刺：请征得献血者同意",
        Prompt::WaitClampOpen => "请稍候：正在松夹",
        Prompt::FillPouch { by_word: true } => "留样袋留取中，装满时请确认",
        Prompt::FillPouch { by_word: false } => "留样袋留取中：请观察献血者",
        Prompt::ClosePouchClip => "夹闭留样袋止流夹",
        Prompt::BreakPlug => "折断折断塞，血液流入血袋",
        Prompt::WaitDraw => "采血中：请观察献血者",
        Prompt::FillTube { tube, inversions, .. } => {
            let named = name.map_or_else(String::new, |name| format!("（{name}）"));
            return format!("留取第 {tube} 管{named}，颠倒混匀 {inversions} 次");
        }
        Prompt::Paused => "已暂停：已夹管，针头仍在静脉内",
        Prompt::EndAdvised => "应结束采血",
        Prompt::WaitClampClosed => "请稍候：正在夹管",
        Prompt::PinchByHand => "立即用手夹住采血导管",
        Prompt::ReleaseTourniquet => "松拳，松开止血带",
        Prompt::TakeNeedleOut => "请拔针",
        Prompt::GuardNeedle => "套好针头护套，按压止血",
        Prompt::SealConnected => "可以热合：此热合机获准连人使用，针仍在血管",
        Prompt::Seal => "将针头端导管放入热合机",
        Prompt::WaitSeal => "热合中：请勿移动导管",
        Prompt::InspectSeal => "检查热合处：是否完好？",
        Prompt::Separate => "将针头放入针头分离器",
        Prompt::WaitSeparate => "针头分离中：手请离开",
        Prompt::InspectSeparation => "请查看：针头是否已分离？",
        Prompt::BinNeedle => "针头放入利器盒",
        Prompt::ReplaceBin => "利器盒已满：请更换",
        Prompt::Segments { count, length_cm } => {
            return format!("挤管，热合血辫 {count} 段，留 {length_cm} 厘米");
        }
        Prompt::AcceptDisposition => "请查看处置结果并确认",
        Prompt::CareForDonor { why } => return format!("请先照顾献血者（{}）", abort_why(*why)),
        Prompt::ByHand(step) => return format!("手工：{}", hand_step(*step)),
        Prompt::Interrupted { may_resume: true } => "采血中断：是否继续？",
        Prompt::Interrupted { may_resume: false } => "采血中断：必须结束采血",
        Prompt::EmergencyStop => "急停：请查明原因",
        Prompt::ClearBed => "交接血袋，清理采血位",
    };
    words.to_owned()
}

/// `name` is what the site calls an item or a tube.
pub(super) fn scan(wanted: ScanWanted, again: bool, name: Option<&str>) -> String {
    let what = match wanted {
        ScanWanted::Form => "献血登记表条码".to_owned(),
        ScanWanted::Bag => "血袋条码".to_owned(),
        ScanWanted::BagCatalog => "血袋产品编码".to_owned(),
        ScanWanted::BagLot => "血袋批号".to_owned(),
        ScanWanted::BagExpiry => "血袋失效日期".to_owned(),
        ScanWanted::Item(n) => match name {
            Some(name) => format!("“{name}”条码"),
            None => format!("第 {n} 项标签条码"),
        },
        ScanWanted::Tube(n) => match name {
            Some(name) => format!("第 {n} 标本管（{name}）条码"),
            None => format!("第 {n} 标本管条码"),
        },
    };
    if again { format!("请再次扫描{what}") } else { format!("请扫描{what}") }
}

/// A scanner reads for another bed than its own.
pub(crate) fn loan(here: BedId, loan: ScannerLoan) -> String {
    match loan {
        ScannerLoan::LentTo(to) => format!("本位扫描枪借给 {to} 号；扫 HS-BED-{here} 收回"),
        ScannerLoan::BorrowedFrom(home) => format!("正在借用 {home} 号的扫描枪，至本次结束"),
    }
}

/// What is to be scanned, in a word.
pub(crate) fn place(wanted: ScanWanted) -> String {
    match wanted {
        ScanWanted::Form => "登记表".to_owned(),
        ScanWanted::Bag => "血袋".to_owned(),
        ScanWanted::BagCatalog => "产品编码".to_owned(),
        ScanWanted::BagLot => "批号".to_owned(),
        ScanWanted::BagExpiry => "失效日期".to_owned(),
        ScanWanted::Item(n) => format!("第 {n} 项"),
        ScanWanted::Tube(n) => format!("第 {n} 管"),
    }
}

/// Why a donor may not give today.
pub(super) fn not_eligible(why: NotEligible) -> String {
    match why {
        NotEligible::Told(Deferral::Deferred) => "血站系统答复：暂缓献血".to_owned(),
        NotEligible::Told(Deferral::Interval) => "血站系统答复：未满献血间隔期".to_owned(),
        NotEligible::Told(Deferral::ElsewhereToday) => "血站系统答复：今日已在别处献血".to_owned(),
        NotEligible::Interval { last, again } => {
            format!("间隔期未满：上次 {}，{} 起可献", day_words(last), day_words(again))
        }
        NotEligible::DrawnToday => "今日已在本站穿刺，不能再献".to_owned(),
        NotEligible::Unasked => "血站系统无答复，名单中也无此人".to_owned(),
        NotEligible::ListTooOld { age_h, max_h } => {
            format!("血站系统无答复，名单已 {age_h} 小时（上限 {max_h}）")
        }
    }
}

pub(crate) fn detail(prompt: &Prompt) -> Option<&'static str> {
    match prompt {
        Prompt::Identify => Some("或从待采血名单中选择。"),
        Prompt::ConfirmIdentity | Prompt::AskAgain => Some("由献血者自己说出，与登记表和证件核对。"),
        Prompt::ReadForm => Some("两人同时查看，由复核者确认。"),
        Prompt::WaitEligibility => Some("若无答复，自动按名单判定。"),
        Prompt::NotEligible(_) => Some("今日不能献血：请向献血者说明并终止。"),
        Prompt::NoNeedle => Some("终止本次献血，联系工程师。"),
        Prompt::Newer => Some("请到其他终端操作；暂停、夹管、急停在此仍有效。"),
        Prompt::LookAtBag => Some("渗漏、浑浊、失效日期、抗凝剂。"),
        Prompt::InsertNeedle => Some("确认穿刺成功后自动松夹。"),
        Prompt::SecondAttempt => Some("先处理旧针头，再换另一手臂和新血袋。"),
        Prompt::WaitDraw => Some("到达预设采血量自动夹管。"),
        Prompt::Paused => Some("可在此手臂调整针头。"),
        Prompt::EndAdvised => Some("采血超时或流速未恢复。"),
        Prompt::PinchByHand => Some("夹管未确认闭合。请一直夹住，等待支援。"),
        Prompt::FillTube { needle_stays: true, .. } => Some("标本管充满前不拔针。"),
        Prompt::ClosePouchClip => Some("夹闭后不再打开，初始血不得回流。"),
        Prompt::BreakPlug => Some("无血流时先查折断塞和止流夹。"),
        Prompt::TakeNeedleOut => Some("已夹管。"),
        Prompt::SealConnected => Some("也可以先拔针并报告。"),
        Prompt::Seal => Some("导管保持干燥、平直、无张力。"),
        Prompt::InspectSeal => Some("平整、均匀、无血液残留。"),
        Prompt::ReplaceBin => Some("装满的利器盒请永久封闭。"),
        Prompt::Segments { .. } => Some("挤管时可以松夹。"),
        Prompt::ByHand(_) => Some("请注明工具和原因。"),
        Prompt::EmergencyStop => Some("已夹管，混匀停止。请手工混匀血袋。"),
        Prompt::CareForDonor { .. } => Some("抬高下肢、安抚、呼叫支援。血袋稍后处理。"),
        Prompt::Interrupted { .. } => Some("请先查看献血者、针头和导管。"),
        Prompt::Scan { .. }
        | Prompt::PlaceBag
        | Prompt::WaitPrepare
        | Prompt::PrepareArm
        | Prompt::WaitClampOpen
        | Prompt::FillPouch { .. }
        | Prompt::FillTube { needle_stays: false, .. }
        | Prompt::WaitClampClosed
        | Prompt::ReleaseTourniquet
        | Prompt::GuardNeedle
        | Prompt::WaitSeal
        | Prompt::Separate
        | Prompt::WaitSeparate
        | Prompt::InspectSeparation
        | Prompt::BinNeedle
        | Prompt::AcceptDisposition
        | Prompt::ClearBed => None,
    }
}

pub(crate) fn step(step: ChainStep) -> &'static str {
    match step {
        ChainStep::Identity => "身份核对",
        ChainStep::Labels => "条码核对",
        ChainStep::Prepare => "血袋准备和自检",
        ChainStep::Needle => "静脉穿刺",
        ChainStep::Pouch => "留样袋",
        ChainStep::Draw => "采血",
        ChainStep::Samples => "标本留取",
        ChainStep::NeedleOut => "拔针",
        ChainStep::Seal => "热合",
        ChainStep::Separate => "针头分离",
        ChainStep::Segments => "血辫",
        ChainStep::Reconcile => "三方核对",
        ChainStep::Closed => "完成",
    }
}

pub(crate) fn phase(phase: PhaseName) -> &'static str {
    match phase {
        PhaseName::Idle => "空闲",
        PhaseName::Identify => "身份核对",
        PhaseName::Label => "条码核对",
        PhaseName::Prepare => "准备",
        PhaseName::Venipuncture => "静脉穿刺",
        PhaseName::Divert => "留样",
        PhaseName::Draw => "采血中",
        PhaseName::Pause => "已暂停",
        PhaseName::EndDraw => "采血结束",
        PhaseName::NeedleOut => "拔针",
        PhaseName::Seal => "热合",
        PhaseName::Separate => "针头分离",
        PhaseName::Segments => "血辫",
        PhaseName::Reconcile => "三方核对",
        PhaseName::Closed => "已完成",
        PhaseName::Interrupted => "已中断",
    }
}
