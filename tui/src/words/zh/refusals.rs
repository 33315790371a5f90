//! Chinese: why an act or a request was not taken.
//!
//! Owns: these words. Refuses: blame, and hiding a value that was compared. Holds no state.

use super::no_start;
use super::prompts::{not_eligible, scan};
use super::shift::shift_refusal;
use super::{device, hand_step, role};
use station::api::ErrorCode;
use station::procedure::refusal::{FormPart, IdentityFault, Implausible, Refusal, Typing};

pub(crate) fn refusal(refusal: &Refusal) -> String {
    match refusal {
        Refusal::DinMismatch { expected, found } => format!("条码 {found}，本次献血 {expected}"),
        Refusal::TagMismatch { expected, found } => format!("托盘上标签为 {found}，本袋应为 {expected}"),
        Refusal::TagDisagrees => "血袋电子标签与条码不符".to_owned(),
        Refusal::DinOnOtherBed { din, bed, here } => format!("{din} 属于 {bed} 号采血位，此处为 {here} 号"),
        Refusal::DinOfOtherDonor { din } => format!("{din} 已分配给其他献血者"),
        Refusal::DinUsed { din, donation } => format!("{din} 已用于献血 {donation}"),
        Refusal::DinVoided { din } => format!("{din} 已作废"),
        Refusal::WrongCode { wanted, found } => {
            format!("扫到的是{}；{}", found_word(found), scan(*wanted, false, None))
        }
        Refusal::WrongLabelPlace { wanted, found } => {
            format!("此条码用于{}；{}", found_word(found), scan(*wanted, false, None))
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
        Refusal::LentScanner => "借出的扫描枪不能确认：请用终端".to_owned(),
        Refusal::NumberFirst => "借用的扫描枪：请先扫本床的献血码".to_owned(),
        Refusal::DeviceNotReady(kind) => format!("{}未就绪", device(*kind)),
        Refusal::EmergencyStop => "急停已按下".to_owned(),
        Refusal::ClampNotClosed => "夹管未确认闭合".to_owned(),
        Refusal::NeedleIn => "针头仍在献血者静脉内".to_owned(),
        Refusal::NotSealed => "针头端未热合".to_owned(),
        Refusal::BinFull => "利器盒已满".to_owned(),
        Refusal::UnderWay => "正在执行".to_owned(),
        Refusal::NotEligible => "献血者今日暂缓献血".to_owned(),
        Refusal::Ineligible(why) => not_eligible(*why),
        Refusal::DonorUnknown => "名单中无人使用此条码：请放身份证".to_owned(),
        Refusal::IdentityMistyped(fault) => identity_fault(*fault).to_owned(),
        Refusal::FormNotPassed(part) => form_part(*part),
        Refusal::OverApproved { programme_ml, approved_ml } => {
            format!("{programme_ml} mL 超过核准的 {approved_ml} mL")
        }
        Refusal::NoStart(why) => format!("不能开始：{}", no_start(*why)),
        Refusal::Shift(refusal) => shift_refusal(refusal),
        Refusal::NoSuchProgramme(ml) => format!("本站没有 {ml} mL 方案"),
        Refusal::ProgrammeFixed { kit_ml, wanted_ml } => {
            format!("本袋规格 {kit_ml} 毫升，不能改采 {wanted_ml} 毫升")
        }
        Refusal::BedOccupied(donation) => format!("采血位已有献血 {donation}"),
        Refusal::JournalFailed => "无法保存记录：请手工完成".to_owned(),
        Refusal::JournalSlow => "记录写入缓慢：暂不穿刺，请稍候".to_owned(),
        Refusal::BadSetting { name, found, min, max } => {
            format!("设置 {name} = {found}，允许 {min} 至 {max}")
        }
        Refusal::Implausible(what) => format!("数值不可能：{}", implausible(*what)),
        Refusal::NotThatTime => "登记表上的时间在将来或过早".to_owned(),
        Refusal::FormNotScanned { din } => format!("登记表 {din}：请扫描，或两人各自照读献血码"),
        Refusal::DonorNotKept { din } => format!("{din} 的献血者无留存：两人须核对登记表与证件"),
        Refusal::UnknownDonor => "查无此号码".to_owned(),
        Refusal::HowMissing => "请说明所用工具与原因".to_owned(),
        Refusal::NotByHand(step) => format!("现在不能手工完成：{}", hand_step(*step)),
        Refusal::BagNotOnTray { found_g, expected_g } => {
            format!("请挂回血袋：托盘 {found_g} g，应为 {expected_g} g")
        }
        Refusal::WeightNotABag { found_g, min_g, max_g } => not_a_bag(*found_g, *min_g, *max_g),
    }
}

/// What is on the tray against what an empty set weighs, g.
fn not_a_bag(found_g: i64, min_g: u32, max_g: u32) -> String {
    format!("托盘 {found_g} g，空血袋应为 {min_g} 至 {max_g} g")
}

fn typing(typing: &Typing) -> String {
    match typing {
        Typing::Text(text) => text.clone(),
        Typing::Length(characters) => format!("{characters} 个字符"),
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

fn implausible(what: Implausible) -> &'static str {
    match what {
        Implausible::Severity => "程度为 1 至 5",
        Implausible::Pulse => "脉搏为 20 至 250",
        Implausible::Pressure => "血压为 40-300 / 20-200",
        Implausible::Note => "备注最多八十字，不得含长数字",
    }
}

fn identity_fault(fault: IdentityFault) -> &'static str {
    match fault {
        IdentityFault::Name => "姓名为空或过长",
        IdentityFault::Number => "证件号码有误：请重新核对",
        IdentityFault::Birth => "出生日期有误：应为 8 位年月日",
        IdentityFault::Differ => "证件号码与出生日期不一致",
    }
}

fn form_part(part: FormPart) -> String {
    match part {
        FormPart::Interview => "健康征询不合格：今日不能献血".to_owned(),
        FormPart::Examination => "体格检查不合格：今日不能献血".to_owned(),
        FormPart::Haemoglobin { found_g_l, min_g_l } => {
            format!("血红蛋白 {found_g_l} g/L，至少 {min_g_l} g/L")
        }
        FormPart::Consent => "未签知情同意：不能献血".to_owned(),
    }
}

pub(crate) fn error(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Malformed => "控制器无法识别本终端的请求",
        ErrorCode::TooLong => "内容过长",
        ErrorCode::Version => "终端与控制器版本不同",
        ErrorCode::Stale => "内容已变化，请重新查看",
        ErrorCode::Refused => "未接受",
        ErrorCode::Denied => "工号或 PIN 错误",
        ErrorCode::LockedOut => "PIN 错误次数过多，已暂时锁定",
        ErrorCode::NotSignedIn => "请先登录",
        ErrorCode::NoSuchBed => "没有此采血位",
        ErrorCode::NoSuchDonation => "本机没有这次已关闭的献血",
        ErrorCode::NotInWorklist => "已不在待采血名单中",
        ErrorCode::Busy => "控制器忙，请重试",
        ErrorCode::NotDurable => "可能未记录：请先查看再重试",
        ErrorCode::BadgeFirst => "请先在任一床位扫描此工牌，再输入 PIN",
    }
}
