//! Chinese (zh-CN), in the words of the blood station.
//!
//! Owns: the Chinese of every text. Refuses: words the station must not use (see the test of forbidden words), and any
//! wording beside the field's own. Holds no state.

use super::{FormFault, Key, Say, Text};
use crate::lost::LostWhy;
use station::api::prompt::{Prompt, ScanWanted};
use station::api::{ChainStep, ErrorCode};
use station::device::{DeviceKind, Fault, Mode};
use station::ident::BedId;
use station::procedure::alarm::AlarmCode;
use station::procedure::event::{AbortWhy, Act, Arm, HandStep, MissingWhy, ReactionClass, Role};
use station::procedure::phase::PhaseName;
use station::procedure::refusal::{Refusal, Typing};
use station::record::Disposition;

pub(super) fn text(which: Text) -> &'static str {
    match which {
        Text::Now => "现在",
        Text::Chain => "流程",
        Text::Volume => "采血量",
        Text::Flow => "流速 mL/min",
        Text::Alarms => "报警",
        Text::Tubes => "标本管",
        Text::Devices => "设备",
        Text::Bed => "采血位",
        Text::Operator => "护士",
        Text::Nobody => "已锁屏",
        Text::ClockTrusted => "可信",
        Text::ClockUntrusted => "时间未确认",
        Text::Online => "在线",
        Text::Offline => "离线",
        Text::Elapsed => "采血时间",
        Text::Left => "剩余",
        Text::NotSure => "不确定",
        Text::NoAlarm => "无报警。",
        Text::Acknowledged => "已知晓",
        Text::Over => "已消除",
        Text::DoFirst => "先做：",
        Text::LastRefusal => "未接受：",
        Text::NotTaken => "未完成：",
        Text::Saving => "保存中……",
        Text::WorklistEmpty => "待采血名单为空。",
        Text::Worklist => "待采血名单",
        Text::NoBeds => "本站没有采血位。",
        Text::HelpTitle => "按键说明",
        Text::LostTitle => "与采血站控制器失去连接",
        Text::LostGoesOn => "采血站会自行继续：称重、混匀，到量自动夹管。",
        Text::LostHands => "请守在献血者身边。使用床旁按钮；必要时用手夹住采血导管。",
        Text::LostRetry => "正在自动重新连接……",
        Text::TubeScanned => "已核对",
        Text::TubeFilled => "已留取",
        Text::TubeMissing => "缺失",
        Text::TubeReconciled => "已复核",
        Text::DeviceUnknown => "未连接",
        Text::DeviceOnline => "正常",
        Text::JournalFailed => "无法保存记录",
        Text::TooSmall => "请将窗口放大到至少 80 x 24。",
        Text::Demo => "演示：",
        Text::DemoType => "演示，请输入 ",
    }
}

pub(super) fn say(which: Say) -> &'static str {
    match which {
        Say::StaffNumber => "工号",
        Say::Pin => "PIN",
        Say::SignInHeadline => "请登录：扫描工牌",
        Say::SignInDetail => "或输入工号，再输入 PIN。",
        Say::SignInKey => "登录",
        Say::SignInFree => "暂停、夹管、急停、拔针、呼叫支援无需登录。",
        Say::SecondHeadline => "需要复核者确认",
        Say::SecondDetail => "由另一位护士输入工号和 PIN。",
        Say::SecondKey => "复核确认",
        Say::SecondNumber => "复核者工号",
        Say::LabelHeadline => "手工输入条码",
        Say::LabelDetail => "请照标签输入，复核者独立再输入一次。",
        Say::LabelField => "13 位 + 校验位",
        Say::LabelAgainField => "复核者再输入",
        Say::HandHeadline => "手工完成",
        Say::NoteField => "工具和原因",
        Say::VolumeField => "净采血量 mL",
        Say::NextField => "下一项",
        Say::SendForm => "提交",
        Say::YesDoIt => "是，立即执行",
        Say::CannotUndo => "此操作不可撤销。Esc 返回",
        Say::ChooseAbort => "为什么终止献血？",
        Say::ChooseMissing => "标本管为什么缺失？",
        Say::ChooseReaction => "哪种献血不良反应？",
        Say::ChooseSeverity => "严重程度？",
        Say::ChooseKey => "选择",
    }
}

pub(super) fn key(which: Key) -> &'static str {
    match which {
        Key::Pause => "暂停",
        Key::Clamp => "夹管",
        Key::Stop => "急停",
        Key::NeedleOut => "已拔针",
        Key::Help => "呼叫支援",
        Key::Keys => "按键",
        Key::Language => "English",
        Key::SignOut => "锁屏",
        Key::Overview => "全部采血位",
        Key::Beds => "采血位",
        Key::Acknowledge => "知晓报警",
        Key::Abort => "终止献血",
        Key::End => "结束采血",
        Key::Reaction => "不良反应",
        Key::HelpArrived => "支援已到",
        Key::TypeLabel => "手工输入条码",
        Key::TubeMissing => "标本管缺失",
        Key::ByHand => "手工完成",
        Key::Back => "返回",
        Key::Select => "选择",
        Key::Quit => "关闭",
    }
}

pub(super) fn headline(prompt: &Prompt) -> String {
    let words = match prompt {
        Prompt::Identify => "请将身份证放在读卡区",
        Prompt::ConfirmIdentity => "请问：您的姓名和出生日期？",
        Prompt::ConfirmScreening => "请查看登记表上的健康检查和知情同意",
        Prompt::Scan { wanted, again } => return scan(*wanted, *again),
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
        Prompt::FillTube { tube, inversions } => {
            return format!("留取第 {tube} 管，颠倒混匀 {inversions} 次");
        }
        Prompt::Paused => "已暂停：已夹管，针头仍在静脉内",
        Prompt::EndAdvised => "应结束采血",
        Prompt::WaitClampClosed => "请稍候：正在夹管",
        Prompt::PinchByHand => "立即用手夹住采血导管",
        Prompt::ReleaseTourniquet => "松拳，松开止血带",
        Prompt::TakeNeedleOut => "请拔针",
        Prompt::GuardNeedle => "套好针头护套，按压止血",
        Prompt::Seal => "将针头端导管放入热合机",
        Prompt::WaitSeal => "热合中：请勿移动导管",
        Prompt::InspectSeal => "检查热合处：是否完好？",
        Prompt::Separate => "将针头放入针头分离器",
        Prompt::WaitSeparate => "针头分离中：手请离开",
        Prompt::InspectSeparation => "请查看：针头是否已分离？",
        Prompt::BinNeedle => "针头放入利器盒",
        Prompt::ReplaceBin => "利器盒已满：请更换",
        Prompt::Segments { count } => return format!("挤管，热合血辫 {count} 段"),
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

fn scan(wanted: ScanWanted, again: bool) -> String {
    let what = match wanted {
        ScanWanted::Form => "献血登记表条码".to_owned(),
        ScanWanted::Bag => "血袋条码".to_owned(),
        ScanWanted::BagLot => "血袋的产品、批号和失效日期条码".to_owned(),
        ScanWanted::Tube(n) => format!("第 {n} 标本管条码"),
    };
    if again { format!("请再次扫描{what}") } else { format!("请扫描{what}") }
}

pub(super) fn detail(prompt: &Prompt) -> Option<&'static str> {
    match prompt {
        Prompt::Identify => Some("或从待采血名单中选择。"),
        Prompt::ConfirmIdentity | Prompt::AskAgain => Some("由献血者自己说出，与登记表和证件核对。"),
        Prompt::ConfirmScreening => Some("两人同时查看，由复核者确认。"),
        Prompt::LookAtBag => Some("渗漏、浑浊、失效日期、抗凝剂。"),
        Prompt::InsertNeedle => Some("确认穿刺成功后自动松夹。"),
        Prompt::SecondAttempt => Some("换另一手臂，换新血袋，记录同意。"),
        Prompt::WaitDraw => Some("到达预设采血量自动夹管。"),
        Prompt::Paused => Some("混匀继续。"),
        Prompt::EndAdvised => Some("采血超时或流速未恢复。"),
        Prompt::PinchByHand => Some("夹管未确认闭合。请一直夹住，等待支援。"),
        Prompt::TakeNeedleOut => Some("已夹管。"),
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
        | Prompt::ClosePouchClip
        | Prompt::BreakPlug
        | Prompt::FillTube { .. }
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

pub(super) fn act(act: &Act) -> String {
    let words = match act {
        Act::ConfirmIdentity | Act::IdentityAskedAgain => "姓名和出生日期一致",
        Act::ConfirmScreening => "健康检查和知情同意已查看",
        Act::BagLooked => "血袋合格",
        Act::BagRejected => "血袋不合格，更换",
        Act::BagPlaced => "血袋已放好",
        Act::ArmReady(Arm::Left) => "左臂已准备",
        Act::ArmReady(Arm::Right) => "右臂已准备",
        Act::NeedleIn => "穿刺成功",
        Act::VenipunctureFailed => "穿刺失败",
        Act::SecondAttemptConsented => "献血者同意",
        Act::PouchFull => "留样袋已满",
        Act::PouchClipClosed => "止流夹已夹闭",
        Act::PlugBroken => "折断塞已折断",
        Act::TubeFilled => "已留取并颠倒混匀",
        Act::TubeMissing { tube, why } => return format!("第 {tube} 标本管缺失：{}", missing_why(*why)),
        Act::Pause => "暂停",
        Act::Resume => "继续采血",
        Act::EndDraw => "结束采血",
        Act::TourniquetReleased => "已松拳、已松止血带",
        Act::NeedleOut => "已拔针",
        Act::NeedleGuarded => "针头已套好，已按压止血",
        Act::Seal => "热合针头端",
        Act::SealInspected { sound: true } => "热合完好",
        Act::SealInspected { sound: false } => "不完好",
        Act::Separate => "分离针头",
        Act::SeparationInspected { separated: true } => "针头已分离",
        Act::SeparationInspected { separated: false } => "未分离",
        Act::NeedleBinned => "针头已放入利器盒",
        Act::BinReplaced => "利器盒已更换",
        Act::StripTubing => "松夹挤管",
        Act::SegmentsSealed { count } => return format!("血辫 {count} 段已热合"),
        Act::SegmentsLater => "稍后另行热合",
        Act::AcceptDisposition => "确认并完成本次献血",
        Act::BedCleared => "采血位已清理",
        Act::Abort(why) => return format!("终止献血：{}", abort_why(*why)),
        Act::DonorCaredFor => "献血者已妥善处理",
        Act::Reaction(reaction_) => {
            return format!("{}，{}", reaction(reaction_.class), severity(reaction_.severity));
        }
        Act::EmergencyStop => "急停",
        Act::EmergencyOver => "原因已排除",
        Act::Clamp => "夹管",
        Act::CallForHelp => "呼叫支援",
        Act::HelpArrived => "支援已到",
        Act::Acknowledge(code) => return format!("知晓报警 {}", code.code()),
        Act::ByHand { step, .. } => return format!("手工完成：{}", hand_step(*step)),
    };
    words.to_owned()
}

pub(super) fn really(what: &Act) -> String {
    format!("确定要{}？", act(what))
}

pub(super) fn open_bed(bed: BedId) -> String {
    format!("打开 {bed} 号采血位")
}

pub(super) fn call() -> &'static str {
    "呼叫"
}

pub(super) fn backlog(waiting: u32) -> String {
    format!("待上传 {waiting} 条")
}

pub(super) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Real => "真实采血",
        Mode::Validation => "验证模式 水袋",
        Mode::Simulated => "模拟模式 非真实采血",
    }
}

pub(super) fn alarm_what(code: AlarmCode) -> &'static str {
    match code {
        AlarmCode::ClampNotClosed => "夹管未确认闭合",
        AlarmCode::FlowAfterClamp => "夹管后仍有血流",
        AlarmCode::OverVolume => "采血超量",
        AlarmCode::LabelMismatch => "条码核对不符",
        AlarmCode::HighFlow => "流速过高：疑误穿动脉",
        AlarmCode::SealNotConfirmed => "热合未确认",
        AlarmCode::HelpCalled => "呼叫支援",
        AlarmCode::EmergencyStop => "急停",
        AlarmCode::ScaleLost => "采血秤数据不可信",
        AlarmCode::JournalFailed => "无法保存记录",
        AlarmCode::BedFailed => "采血位程序故障，已转入安全状态",
        AlarmCode::SeparationNotConfirmed => "针头分离未确认",
        AlarmCode::NoFlow => "停流",
        AlarmCode::LowFlow => "流速过低",
        AlarmCode::DrawTooLong => "采血超时",
        AlarmCode::MixerStalled => "混匀停止",
        AlarmCode::DeviceFault => "设备故障",
        AlarmCode::BagMoved => "血袋移位或掉落",
        AlarmCode::PauseTooLong => "暂停时间过长",
        AlarmCode::ClampNotOpen => "松夹失败",
        AlarmCode::SamplesLate => "标本未及时留取",
        AlarmCode::LabelRefused => "条码未被接受",
        AlarmCode::JournalSlow => "记录写入缓慢",
        AlarmCode::DiverterNotObeying => "留样分流器无应答",
        AlarmCode::Interrupted => "采血因重启而中断",
        AlarmCode::NotForPlatelets => "采血超时：不可用于制备血小板",
        AlarmCode::NotForPlasma => "采血超时：不可用于制备新鲜冰冻血浆",
        AlarmCode::BinFull => "利器盒已满",
        AlarmCode::Underweight => "采血量不足",
        AlarmCode::Backlog => "记录待上传",
        AlarmCode::ClockUntrusted => "时钟未确认",
    }
}

pub(super) fn alarm_first(code: AlarmCode) -> &'static str {
    match code {
        AlarmCode::ClampNotClosed => "用手夹住采血导管",
        AlarmCode::FlowAfterClamp => "用手夹住采血导管，然后拔针",
        AlarmCode::OverVolume => "用手夹住采血导管，查看献血者",
        AlarmCode::LabelMismatch => "停止，三方核对，勿移动任何物品",
        AlarmCode::HighFlow => "暂停，查看：鲜红、搏动？拔针并按压止血",
        AlarmCode::SealNotConfirmed => "勿分离针头；查看热合处，重新热合",
        AlarmCode::HelpCalled => "前往此采血位",
        AlarmCode::EmergencyStop => "先查看献血者，再查原因",
        AlarmCode::ScaleLost => "暂停；检查托盘、电缆和采血秤",
        AlarmCode::JournalFailed => "手工完成进行中的采血；联系工程师",
        AlarmCode::BedFailed => "查看献血者；手工完成",
        AlarmCode::SeparationNotConfirmed => "手离开；查看针头是否已分离",
        AlarmCode::NoFlow => "检查折断塞、止流夹、针头、止血带",
        AlarmCode::LowFlow => "检查针头、止血带，请献血者握拳",
        AlarmCode::DrawTooLong => "结束采血",
        AlarmCode::MixerStalled => "手工混匀血袋",
        AlarmCode::DeviceFault => "查看设备栏；检查电缆和电源",
        AlarmCode::BagMoved => "检查血袋、托盘和导管",
        AlarmCode::PauseTooLong => "继续或结束采血",
        AlarmCode::ClampNotOpen => "检查夹管器内的导管",
        AlarmCode::SamplesLate => "立即留取标本",
        AlarmCode::LabelRefused => "更换正确的条码或血袋；见下方",
        AlarmCode::JournalSlow => "暂不穿刺；进行中的采血继续",
        AlarmCode::DiverterNotObeying => "检查留样袋和分流器",
        AlarmCode::Interrupted => "先查看献血者，再决定",
        AlarmCode::NotForPlatelets => "无需操作；已标记",
        AlarmCode::NotForPlasma => "无需操作；已标记",
        AlarmCode::BinFull => "更换利器盒",
        AlarmCode::Underweight => "此袋隔离待处理",
        AlarmCode::Backlog => "无需操作；联网后自动上传",
        AlarmCode::ClockUntrusted => "由两人确认日期和时间",
    }
}

fn typing(typing: &Typing) -> String {
    match typing {
        Typing::Text(text) => text.clone(),
        Typing::Length(characters) => format!("{characters} 个字符"),
    }
}

pub(super) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::DinMismatch { expected, found } => format!("条码 {found}，本次献血 {expected}"),
        Refusal::DinOnOtherBed { din, bed, here } => format!("{din} 属于 {bed} 号采血位，此处为 {here} 号"),
        Refusal::DinOfOtherDonor { din } => format!("{din} 已分配给其他献血者"),
        Refusal::DinUsed { din, donation } => format!("{din} 已用于献血 {donation}"),
        Refusal::DinVoided { din } => format!("{din} 已作废"),
        Refusal::WrongCode { wanted, found } => {
            format!("扫到的是{}；{}", found_word(found), scan(*wanted, false))
        }
        Refusal::WrongLabelPlace { wanted, found } => {
            format!("此条码用于{}；{}", found_word(found), scan(*wanted, false))
        }
        Refusal::Mistyped { first, second } => {
            format!("输入 {} / {}：请重新核对标签", typing(first), typing(second))
        }
        Refusal::AlreadyScanned => "此条码已核对".to_owned(),
        Refusal::Expired { expiry, today } => format!("已过期：失效日期 {expiry}，今天 {today}"),
        Refusal::ClockUntrusted => "时钟未确认，无法判断失效日期".to_owned(),
        Refusal::SameArm => "该侧手臂未找到血管：请换另一侧".to_owned(),
        Refusal::NotNow => "现在不能执行此操作".to_owned(),
        Refusal::NoOperator => "无人登录".to_owned(),
        Refusal::RoleForbids(who) => format!("{}无此权限", role(*who)),
        Refusal::SecondPersonNeeded => "需要复核者确认".to_owned(),
        Refusal::SamePerson => "复核者必须是另一人".to_owned(),
        Refusal::DeviceNotReady(kind) => format!("{}未就绪", device(*kind)),
        Refusal::EmergencyStop => "急停已按下".to_owned(),
        Refusal::ClampNotClosed => "夹管未确认闭合".to_owned(),
        Refusal::NeedleIn => "针头仍在献血者静脉内".to_owned(),
        Refusal::NotSealed => "针头端未热合".to_owned(),
        Refusal::BinFull => "利器盒已满".to_owned(),
        Refusal::UnderWay => "正在执行".to_owned(),
        Refusal::NotEligible => "献血者今日暂缓献血".to_owned(),
        Refusal::NoSuchProgramme(ml) => format!("本站没有 {ml} mL 方案"),
        Refusal::BedOccupied(donation) => format!("采血位已有献血 {donation}"),
        Refusal::JournalFailed => "无法保存记录：请手工完成".to_owned(),
        Refusal::JournalSlow => "记录写入缓慢：暂不穿刺，请稍候".to_owned(),
        Refusal::BadSetting { name, found, min, max } => {
            format!("设置 {name} = {found}，允许 {min} 至 {max}")
        }
        Refusal::NotByHand(step) => format!("现在不能手工完成：{}", hand_step(*step)),
        Refusal::WeightNotABag { found_g, min_g, max_g } => {
            format!("托盘 {found_g} g，空血袋应为 {min_g} 至 {max_g} g")
        }
    }
}

/// What was scanned, from the machine's word for it.
fn found_word(found: &str) -> &str {
    match found {
        "DIN" => "献血码",
        "product code" => "血液产品码",
        "expiry" => "失效日期",
        "lot" => "批号",
        "container" => "血袋产品编码",
        "badge" => "工牌",
        "bed" => "采血位条码",
        "command" => "命令条码",
        known => known,
    }
}

pub(super) fn error(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Malformed => "控制器无法识别本终端的请求",
        ErrorCode::TooLong => "内容过长",
        ErrorCode::Version => "终端与控制器版本不同",
        ErrorCode::Stale => "采血位状态已变化，请重新查看",
        ErrorCode::Refused => "未接受",
        ErrorCode::Denied => "工号或 PIN 错误",
        ErrorCode::LockedOut => "PIN 错误次数过多，已暂时锁定",
        ErrorCode::NotSignedIn => "请先登录",
        ErrorCode::NoSuchBed => "没有此采血位",
        ErrorCode::NotInWorklist => "已不在待采血名单中",
        ErrorCode::Busy => "控制器忙，请重试",
        ErrorCode::NotDurable => "可能未记录：请先查看再重试",
    }
}

pub(super) fn lost(why: LostWhy) -> &'static str {
    match why {
        LostWhy::Connecting => "正在连接",
        LostWhy::NoDaemon => "控制器程序未运行，或套接字路径不同",
        LostWhy::NotAllowed => "当前用户无权连接控制器",
        LostWhy::Closed => "控制器关闭了连接",
        LostWhy::Silent => "控制器已 3 秒无响应",
        LostWhy::NotUnderstood => "控制器版本不同",
    }
}

pub(super) fn fault(fault: &Fault) -> String {
    match fault {
        Fault::LinkLost => "连接中断：检查电缆电源".to_owned(),
        Fault::NoReply => "无应答".to_owned(),
        Fault::Garbage => "数据无法识别：检查设置".to_owned(),
        Fault::Rebooted => "设备自行重启".to_owned(),
        Fault::Swapped { expected, found } => format!("换了设备：{found}，应为 {expected}"),
        Fault::Overload => "超出量程".to_owned(),
        Fault::Underload => "低于量程：托盘？".to_owned(),
        Fault::SwitchContradiction => "限位开关矛盾".to_owned(),
        Fault::NotObeying => "不执行指令".to_owned(),
        Fault::Stalled => "停止转动".to_owned(),
        Fault::Device(text) => format!("报告 {text}"),
    }
}

pub(super) fn device(kind: DeviceKind) -> &'static str {
    match kind {
        DeviceKind::Scale => "采血秤",
        DeviceKind::Scanner => "扫码器",
        DeviceKind::IdReader => "读卡器",
        DeviceKind::Clamp => "夹管器",
        DeviceKind::Mixer => "混匀器",
        DeviceKind::Diverter => "分流器",
        DeviceKind::Sampler => "留样器",
        DeviceKind::Sealer => "热合机",
        DeviceKind::Separator => "针头分离器",
        DeviceKind::Rfid => "RFID",
        DeviceKind::Probe => "温度计",
        DeviceKind::Panel => "操作面板",
    }
}

pub(super) fn step(step: ChainStep) -> &'static str {
    match step {
        ChainStep::Identity => "身份核对",
        ChainStep::Labels => "条码核对",
        ChainStep::Prepare => "血袋和手臂准备",
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

pub(super) fn phase(phase: PhaseName) -> &'static str {
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

pub(super) fn abort_why(why: AbortWhy) -> &'static str {
    match why {
        AbortWhy::DonorWithdraws => "放弃献血",
        AbortWhy::Reaction => "献血不良反应",
        AbortWhy::NoVein => "静脉不佳",
        AbortWhy::FlowStopped => "停流",
        AbortWhy::DeviceFailed => "设备故障",
        AbortWhy::BagDefect => "血袋不合格",
        AbortWhy::LabelMismatch => "核对不符",
        AbortWhy::NotEligible => "不符合献血条件",
    }
}

pub(super) fn missing_why(why: MissingWhy) -> &'static str {
    match why {
        MissingWhy::NeedleOutEarly => "针头提前拔出",
        MissingWhy::NotEnoughBlood => "血量不足",
        MissingWhy::Damaged => "标本管破损或遗失",
    }
}

pub(super) fn reaction(class: ReactionClass) -> &'static str {
    match class {
        ReactionClass::Local => "A 局部：血肿、误穿动脉、神经损伤",
        ReactionClass::Vasovagal => "B 血管迷走神经反应、晕厥",
        ReactionClass::Apheresis => "C 单采相关",
        ReactionClass::Allergic => "D 过敏",
        ReactionClass::OtherSerious => "E 其他严重反应",
        ReactionClass::Cardiovascular => "F 重大心脑血管事件",
    }
}

pub(super) fn severity(grade: u8) -> &'static str {
    match grade {
        1 => "1 轻度",
        2 => "2 中度",
        3 => "3 重度",
        4 => "4 危及生命",
        _ => "5 死亡",
    }
}

pub(super) fn role(role: Role) -> &'static str {
    match role {
        Role::Nurse => "护士",
        Role::Lead => "组长",
        Role::Quality => "质控人员",
        Role::Engineer => "工程师",
        Role::Admin => "管理员",
        Role::Auditor => "审计员",
    }
}

pub(super) fn disposition(of: Disposition) -> &'static str {
    match of {
        Disposition::Collected => "采集完成（待交接）",
        Disposition::Quarantined => "隔离待处理",
        Disposition::DiscardProposed => "建议报废",
        Disposition::NoUnit => "未采集",
    }
}

pub(super) fn hand_step(step: HandStep) -> String {
    match step {
        HandStep::ClampClosed => "用止血钳夹闭导管".to_owned(),
        HandStep::Sealed => "手工热合针头端并检查".to_owned(),
        HandStep::Separated => "手工分离针头并放入利器盒".to_owned(),
        HandStep::Mixed => "手工混匀血袋".to_owned(),
        HandStep::Weighed { .. } => "用其他秤称量血袋".to_owned(),
    }
}

pub(super) fn form_fault(fault: FormFault) -> &'static str {
    match fault {
        FormFault::Empty => "请填写此项。",
        FormFault::BadNumber => "工号格式不对。",
        FormFault::BadLabel => "不是带校验位的献血码。",
        FormFault::LabelsDiffer => "两次输入不一致，请与标签核对。",
        FormFault::SamePerson => "复核者必须是另一人。",
        FormFault::BadVolume => "采血量应为 1 至 999 mL。",
    }
}
