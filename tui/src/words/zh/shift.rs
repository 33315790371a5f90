//! Chinese: the shift.
//!
//! Owns: these words. Refuses: blame, and hiding a value that was compared. Holds no state.

use super::role;
use crate::words::{ShiftField, ShiftText};
use station::api::shift::ShiftPrompt;
use station::api::{ClimateState, ClimateView};
use station::procedure::CheckKind;
use station::record::CorrectedField;
use station::shift::ShiftRefusal;
use station::shift::deviation::DeviationKind;
use station::shift::gates::NoStart;
use station::shift::lots::LotKind;
use station::shift::refusal::Bounded;
use station::shift::scale::ScaleStep;

pub(crate) fn climate(view: &ClimateView) -> String {
    let name = &view.name;
    let value = view.value.map_or_else(|| "无读数".to_owned(), |value| value.to_string());
    let expired = if view.expired { "：检定证书已过期" } else { "" };
    match view.state {
        ClimateState::Right | ClimateState::Silent => format!("{name} {value}{expired}"),
        ClimateState::Cold => format!("{name} {value}：偏低，应不低于 {}{expired}", view.low),
        ClimateState::Warm => format!("{name} {value}：偏高，应不高于 {}{expired}", view.high),
    }
}

pub(crate) fn shift_text(which: ShiftText) -> &'static str {
    match which {
        ShiftText::Title => "班次",
        ShiftText::NotOpen => "尚未开班。",
        ShiftText::Ready => "准备就绪，可以开始采血。",
        ShiftText::Gates => "开始之前",
        ShiftText::AllOpen => "没有妨碍开始的事项",
        ShiftText::AllBeds => "全部采血位",
        ShiftText::Counts => "本班",
        ShiftText::Open => "待办",
        ShiftText::NothingOpen => "无",
        ShiftText::Donations => "献血",
        ShiftText::Numbers => "献血码 领用/使用/作废/剩余",
        ShiftText::Strange => "不在领用号段内",
        ShiftText::Lots => "批号",
        ShiftText::People => "人员",
        ShiftText::Certificate => "证书写在 station.toml，按键不能续期。",
        ShiftText::Disk => "日志需要空间，请联系设备管理员。",
        ShiftText::OpenShift => "开班",
        ShiftText::Begin => "开始校验",
        ShiftText::Weigh => "取此读数",
        ShiftText::Moving => "等待读数稳定。",
        ShiftText::Await => "在空闲采血位扫描条码",
        ShiftText::Awaiting => "在空闲采血位扫描批号和效期。O：手工录入",
        ShiftText::Confirm => "由第二人确认",
        ShiftText::SignKey => "复核签名",
        ShiftText::ExplainKey => "说明",
        ShiftText::PackageKey => "开包",
        ShiftText::RollKey => "领用献血码",
        ShiftText::LeftKey => "剩余献血码",
        ShiftText::CorrectKey => "更正记录",
        ShiftText::SegmentsKey => "小辫已热合",
        ShiftText::StopKey => "停止校验",
        ShiftText::EndKey => "交班",
        ShiftText::FormOpen => "开班",
        ShiftText::Usual => "空白表示沿用常用值：",
        ShiftText::Collected => "采集完成",
        ShiftText::Quarantined => "隔离",
        ShiftText::Discard => "建议报废",
        ShiftText::NoUnit => "无血液",
        ShiftText::FormLot => "开启一包耗材",
        ShiftText::FormRoll => "领用一段献血码",
        ShiftText::FormLeft => "剩余献血码数量",
        ShiftText::FormSign => "第二人签名",
        ShiftText::FormClock => "日期时间对吗？空白表示如屏幕所示",
        ShiftText::FormLimits => "限值已改，由两人查看",
        ShiftText::FormExplain => "查明了什么，做了什么？",
        ShiftText::FormCorrect => "更正已关闭记录的一项",
        ShiftText::FormClose => "交班：在汇总上签名",
        ShiftText::Waiting => "待复核",
        ShiftText::Wanted => "请第二人签名",
        ShiftText::Deviation => "偏差",
        ShiftText::SegmentsLater => "小辫稍后热合，献血",
        ShiftText::Elsewhere => "W：在其他终端请人复核",
        ShiftText::AskedElsewhere => "第二人可在任一终端签名（W）。",
        ShiftText::LotsInUse => "在用批号：",
        ShiftText::NoStartHere => "不能开始：",
    }
}

pub(crate) fn shift_field(which: ShiftField) -> &'static str {
    match which {
        ShiftField::Site => "地点",
        ShiftField::Vehicle => "车辆",
        ShiftField::Team => "班组",
        ShiftField::Group => "团体",
        ShiftField::Lot => "批号",
        ShiftField::Expiry => "效期 YYYYMMDD",
        ShiftField::First => "首号",
        ShiftField::Last => "末号",
        ShiftField::Count => "数量",
        ShiftField::When => "时间 YYYYMMDDhhmm",
        ShiftField::Donation => "献血序号",
        ShiftField::Which => "项目 1 至 6",
        ShiftField::Old => "原值",
        ShiftField::New => "新值",
    }
}

pub(crate) fn lot_kind(kind: LotKind) -> &'static str {
    match kind {
        LotKind::Kit => "血袋",
        LotKind::Tube => "标本管",
        LotKind::Disinfectant => "消毒剂",
        LotKind::Needle => "针具",
    }
}

pub(crate) fn no_start(why: NoStart) -> String {
    match why {
        NoStart::ClockUntrusted => "日期时间须由两人确认".to_owned(),
        NoStart::DiskUnknown => "尚未检查磁盘".to_owned(),
        NoStart::DiskFull => "磁盘已超限".to_owned(),
        NoStart::LimitsUnconfirmed => "改动的限值尚未确认".to_owned(),
        NoStart::ShiftNotOpen => "尚未开班".to_owned(),
        NoStart::ShiftTooLong => "班次超时".to_owned(),
        NoStart::CalibrationMissing => "没有检定证书".to_owned(),
        NoStart::CalibrationExpired => "检定证书已过期".to_owned(),
        NoStart::ScaleUnchecked => "秤今日未校验".to_owned(),
        NoStart::ScaleCheckFailed => "秤校验不合格".to_owned(),
        NoStart::LotMissing(kind) => format!("未开包：{}", lot_kind(kind)),
        NoStart::LotExpired(kind) => format!("已过期：{}", lot_kind(kind)),
        NoStart::LotRecalled(kind) => format!("已召回或停用：{}", lot_kind(kind)),
    }
}

pub(crate) fn shift_prompt(prompt: ShiftPrompt) -> String {
    match prompt {
        ShiftPrompt::ConfirmClock => "日期时间对吗？由两人核对".to_owned(),
        ShiftPrompt::MakeRoom => "磁盘没有空间保存记录".to_owned(),
        ShiftPrompt::ConfirmLimits => "限值已改：由两人查看".to_owned(),
        ShiftPrompt::OpenShift => "请开班".to_owned(),
        ShiftPrompt::EndShift => "请先交班，再开新班".to_owned(),
        ShiftPrompt::RenewCalibration(bed) => format!("{bed} 号位：秤需要有效检定证书"),
        ShiftPrompt::CheckScale(bed) => format!("校验 {bed} 号位的秤"),
        ShiftPrompt::Weigh { bed, step: ScaleStep::Empty } => format!("{bed} 号位：清空托盘"),
        ShiftPrompt::Weigh { bed, step: ScaleStep::Weight(grams) } => {
            format!("{bed} 号位：放上 {grams} g 砝码")
        }
        ShiftPrompt::OpenLot(kind) => format!("开启一包：{}", lot_kind(kind)),
    }
}

pub(crate) fn deviation(kind: DeviationKind) -> String {
    match kind {
        DeviationKind::EligibilityUnasked => "未查询资格".to_owned(),
        DeviationKind::TypedLabel => "手工录入条码".to_owned(),
        DeviationKind::ByHand => "手工完成".to_owned(),
        DeviationKind::SecondMissing => "缺第二人".to_owned(),
        DeviationKind::Underweight => "不足量".to_owned(),
        DeviationKind::Overweight => "超量".to_owned(),
        DeviationKind::CollectionLong => "采集时间过长".to_owned(),
        DeviationKind::TubesMissing => "缺标本管".to_owned(),
        DeviationKind::NotReconciled => "未完成复扫".to_owned(),
        DeviationKind::DinVoided => "献血码作废".to_owned(),
        DeviationKind::EndedEarly => "提前结束".to_owned(),
        DeviationKind::Reaction => "献血反应".to_owned(),
        DeviationKind::ScaleCheckFailed => "秤校验不合格".to_owned(),
        DeviationKind::LotRefused(kind) => format!("批号被拒：{}", lot_kind(kind)),
        DeviationKind::DinsDiffer => "献血码数量不符".to_owned(),
        DeviationKind::ShiftTooLong => "班次超时".to_owned(),
    }
}

pub(crate) fn check_kind(kind: CheckKind) -> &'static str {
    match kind {
        CheckKind::TypedIdentity => "手工录入身份",
        CheckKind::Screening => "登记表核对",
        CheckKind::TypedDin => "手工录入献血码",
        CheckKind::VoidedDin => "献血码作废",
        CheckKind::UnknownOutcome => "结果不明",
        CheckKind::ByHand => "手工完成",
        CheckKind::EnteredLater => "补录",
        CheckKind::Correction => "更正",
        CheckKind::ClockConfirmed => "确认时钟",
        CheckKind::LimitsChanged => "改限值",
    }
}

pub(crate) fn corrected_field(field: CorrectedField) -> &'static str {
    match field {
        CorrectedField::Arm => "手臂",
        CorrectedField::BagCatalog => "货号",
        CorrectedField::BagLot => "批号",
        CorrectedField::BagExpiry => "效期",
        CorrectedField::Segments => "小辫",
        CorrectedField::Disposition => "判定",
    }
}

fn bounded(what: Bounded) -> &'static str {
    match what {
        Bounded::People => "人员",
        Bounded::Rolls => "号段",
        Bounded::Lots => "批号",
        Bounded::Seconds => "请求",
    }
}

pub(crate) fn shift_refusal(refusal: &ShiftRefusal) -> String {
    match refusal {
        ShiftRefusal::NotOpen => "尚未开班".to_owned(),
        ShiftRefusal::AlreadyOpen => "已经开班".to_owned(),
        ShiftRefusal::RoleForbids(who) => format!("无此权限：{}", role(*who)),
        ShiftRefusal::SecondNeeded => "须由第二人签名".to_owned(),
        ShiftRefusal::SamePerson => "第二人必须是另一个人".to_owned(),
        ShiftRefusal::BedBusy(bed) => format!("{bed} 号位有献血者，现在不能校秤"),
        ShiftRefusal::NoSuchBed(bed) => format!("没有 {bed} 号位"),
        ShiftRefusal::NoCheck(bed) => format!("{bed} 号位没有开始校验"),
        ShiftRefusal::NotAtRest(bed) => format!("{bed} 号位：读数尚未稳定"),
        ShiftRefusal::NotThisWeight { found_g, nominal_g } => {
            format!("托盘上 {found_g} g，应为 {nominal_g} g")
        }
        ShiftRefusal::LotExpired { expires, today } => format!("效期 {expires}，今天 {today}"),
        ShiftRefusal::LotRecalled { kind, lot } => format!("已召回：{} {lot}", lot_kind(*kind)),
        ShiftRefusal::LotNotReleased { kind, lot } => format!("不在合格批号表内：{} {lot}", lot_kind(*kind)),
        ShiftRefusal::ClockUntrusted => "时钟不可信，无法判断效期".to_owned(),
        ShiftRefusal::ClockTrusted => "时钟可信，无须确认".to_owned(),
        ShiftRefusal::BeforeJournal => "该时间早于最新一条记录".to_owned(),
        ShiftRefusal::NothingChanged => "没有待确认的限值".to_owned(),
        ShiftRefusal::NotARoll { first, last } => format!("{first} 至 {last} 不是号段"),
        ShiftRefusal::RollTwice(din) => format!("{din} 已领用"),
        ShiftRefusal::NoSuchItem(_) => "此项已办结".to_owned(),
        ShiftRefusal::TooMany(what) => format!("{}过多", bounded(*what)),
        ShiftRefusal::BadText => "1 至 80 个字".to_owned(),
        ShiftRefusal::BedsOpen(bed) => format!("{bed} 号位有献血者，之后再交班"),
        ShiftRefusal::ChecksOpen(count) => format!("有 {count} 项待复核"),
        ShiftRefusal::DinsNotCounted => "请先清点剩余献血码".to_owned(),
        ShiftRefusal::OldDiffers { expected, found } => format!("记录为 {found:?}，不是 {expected:?}"),
        ShiftRefusal::BadValue(value) => format!("不能填 {value:?}"),
        ShiftRefusal::NoRecord(donation) => format!("没有献血 {donation} 的已关闭记录"),
        ShiftRefusal::Overtaken => "该采血位已变化，请重新请求".to_owned(),
    }
}
