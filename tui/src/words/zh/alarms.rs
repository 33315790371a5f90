//! Chinese: what happened, and what to do first.
//!
//! Owns: these words. Refuses: an alarm without a first act. Holds no state.

use station::procedure::alarm::AlarmCode;

pub(crate) fn alarm_what(code: AlarmCode) -> &'static str {
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

pub(crate) fn alarm_first(code: AlarmCode) -> &'static str {
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
