//! Chinese: what people do and say, and the values they choose from.
//!
//! Owns: these words. Refuses: blame. Holds no state.

use station::api::look::LookWhy;
use station::procedure::event::{AbortWhy, Act, Arm, HandStep, MissingWhy, ReactionClass, Role};
use station::record::Disposition;

pub(crate) fn act(act: &Act) -> String {
    let words = match act {
        Act::ConfirmIdentity | Act::IdentityAskedAgain => "姓名和出生日期一致",
        Act::FormSeen(_) => "登记表各项均已查看",
        Act::AskEligibility => "再次联网查询",
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
        Act::ChangeProgramme { ml } => return format!("改采 {ml} 毫升"),
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
        Act::PauseAudio => "静音",
        Act::ResumeAudio => "恢复声音",
        Act::Acknowledge(code) => return format!("知晓报警 {}", code.code()),
        Act::ByHand { step, .. } => return format!("手工完成：{}", hand_step(*step)),
    };
    words.to_owned()
}

pub(crate) fn really(what: &Act) -> String {
    format!("确定要{}？", act(what))
}

pub(crate) fn hand_step(step: HandStep) -> String {
    match step {
        HandStep::ClampClosed => "用止血钳夹闭导管".to_owned(),
        HandStep::Sealed => "手工热合针头端并检查".to_owned(),
        HandStep::Separated => "手工分离针头并放入利器盒".to_owned(),
        HandStep::Mixed => "手工混匀血袋".to_owned(),
        HandStep::Diverted => "手工改通至血袋".to_owned(),
        HandStep::TubeFilled { tube } => format!("充满并混匀第 {tube} 管"),
        HandStep::SegmentsSealed { count } => format!("热合血辫 {count} 段"),
        HandStep::Weighed { .. } => "用其他秤称量血袋".to_owned(),
    }
}

pub(crate) fn abort_why(why: AbortWhy) -> &'static str {
    match why {
        AbortWhy::DonorWithdraws => "放弃献血",
        AbortWhy::Reaction => "献血不良反应",
        AbortWhy::NoVein => "静脉不佳",
        AbortWhy::FlowStopped => "停流",
        AbortWhy::DeviceFailed => "设备故障",
        AbortWhy::BagDefect => "血袋不合格",
        AbortWhy::LabelMismatch => "核对不符",
        AbortWhy::NotEligible => "不符合献血条件",
        AbortWhy::GaveUp => "放弃献血（进针前离开）",
    }
}

pub(crate) fn missing_why(why: MissingWhy) -> &'static str {
    match why {
        MissingWhy::NeedleOutEarly => "针头提前拔出",
        MissingWhy::NotEnoughBlood => "血量不足",
        MissingWhy::Damaged => "标本管破损或遗失",
        MissingWhy::NotTaken => "未留取",
    }
}

pub(crate) fn reaction(class: ReactionClass) -> &'static str {
    match class {
        ReactionClass::Local => "A 局部：血肿、误穿动脉、神经损伤",
        ReactionClass::Vasovagal => "B 血管迷走神经反应、晕厥",
        ReactionClass::Apheresis => "C 单采相关",
        ReactionClass::Allergic => "D 过敏",
        ReactionClass::OtherSerious => "E 其他严重反应",
        ReactionClass::Cardiovascular => "F 重大心脑血管事件",
    }
}

pub(crate) fn severity(grade: u8) -> &'static str {
    match grade {
        1 => "1 轻度",
        2 => "2 中度",
        3 => "3 重度",
        4 => "4 危及生命",
        _ => "5 死亡",
    }
}

pub(crate) fn role(role: Role) -> &'static str {
    match role {
        Role::Nurse => "护士",
        Role::Lead => "组长",
        Role::Quality => "质控人员",
        Role::Engineer => "工程师",
        Role::Admin => "管理员",
        Role::Auditor => "审计员",
    }
}

pub(crate) fn disposition(of: Disposition) -> &'static str {
    match of {
        Disposition::Collected => "采集完成（待交接）",
        Disposition::Quarantined => "隔离待处理",
        Disposition::DiscardProposed => "建议报废",
        Disposition::NoUnit => "未采集",
    }
}

pub(crate) fn look_why(why: LookWhy) -> &'static str {
    match why {
        LookWhy::Identity => "确认身份",
        LookWhy::Care => "救护或联系",
        LookWhy::Record => "核对记录或表单",
        LookWhy::Audit => "检查",
    }
}
