//! Chinese: after the donation.
//!
//! Owns: these words. Refuses: a reason for not using a unit: the donor owes none. Holds no state.

use crate::app::Stored;
use crate::words::AfterText;
use station::record::Which;

pub(crate) fn stored(stored: Stored) -> String {
    match stored {
        Stored::Paper(din, donation) => format!("已保存：{din} 为本站献血 {donation}"),
        Stored::Word(Which::Donation(donation)) => format!("已保存：献血 {donation}"),
        Stored::Word(Which::Din(din)) => format!("已保存：{din}"),
    }
}

pub(crate) fn after_text(which: AfterText) -> &'static str {
    match which {
        AfterText::Title => "献血之后",
        AfterText::Rests => "休息中，剩余",
        AfterText::SegmentsOpen => "小辫尚未热合",
        AfterText::Other => "其他已关闭的献血，或纸质记录",
        AfterText::Donation => "献血",
        AfterText::ByLabel => "哪一次：献血序号，或带校验位的献血码。",
        AfterText::RestHeadline => "休息观察；时间已到且无不适方可离开",
        AfterText::SegmentsHeadline => "热合这袋血的小辫",
        AfterText::OtherHeadline => "献血关闭之后的补记",
        AfterText::RestOverKey => "休息结束",
        AfterText::SegmentsKey => "小辫已热合",
        AfterText::ReactionKey => "迟发反应",
        AfterText::DoNotUseKey => "保密性弃血",
        AfterText::PaperKey => "补录纸质记录",
        AfterText::FormReaction => "补记迟发献血反应",
        AfterText::FormDoNotUse => "献血者要求不使用这袋血（保密性弃血）",
        AfterText::FormSegments => "小辫已热合",
        AfterText::FormPaper => "补录停机期间的纸质献血记录",
        AfterText::PaperDetail => "在空闲床位扫描登记表，或两人各自照读献血码。",
        AfterText::Closed => "序号或献血码",
        AfterText::Class => "类别 1 至 6",
        AfterText::Severity => "程度 1 至 5",
        AfterText::Certain => "1 确定，不可撤销",
        AfterText::Donor => "身份证号或排队号",
        AfterText::Programme => "计划采血量 mL",
        AfterText::Tubes => "已充标本管数",
        AfterText::Sealed => "已热合投针 1/0",
        AfterText::Compared => "已核对证件 1/0",
    }
}
