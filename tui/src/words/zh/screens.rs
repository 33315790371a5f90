//! Chinese: the areas, keys, forms and questions of the screens.
//!
//! Owns: these words. Refuses: jargon of the program. Holds no state.

use crate::lost::LostWhy;
use crate::words::{FormFault, Key, Say, Text};
use station::device::Mode;
use station::ident::BedId;

pub(crate) fn text(which: Text) -> &'static str {
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
        Text::MixLeft => "手工混匀，剩余",
        Text::Calling => "即将采满：请到此采血位",
        Text::NotSure => "不确定",
        Text::NoAlarm => "无报警。",
        Text::AlarmLog => "报警记录",
        Text::LogKeys => "日期、时间、采血位、报警、持续时间、知晓人",
        Text::Loading => "正在查询……",
        Text::Holds => "持续中",
        Text::Acknowledged => "已知晓",
        Text::Over => "已消除",
        Text::DoFirst => "先做：",
        Text::LastRefusal => "未接受：",
        Text::NotTaken => "未完成：",
        Text::Saving => "保存中……",
        Text::StillToScan => "待扫描：",
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

pub(crate) fn say(which: Say) -> &'static str {
    match which {
        Say::StaffNumber => "工号",
        Say::Pin => "PIN",
        Say::SignInHeadline => "请登录：扫描工牌",
        Say::SignInDetail => "并输入 PIN。",
        Say::SignInKey => "登录",
        Say::CompanionKeys => "Enter：让它发生   ◀▶：换页   ▲▼：选择   Esc：返回",
        Say::SignInFree => "暂停、夹管、急停、拔针、呼叫支援无需登录。",
        Say::SecondHeadline => "需要复核者确认",
        Say::SecondDetail => "由另一位护士输入工号和 PIN。",
        Say::SecondKey => "复核确认",
        Say::SecondNumber => "复核者工号",
        Say::LabelHeadline => "手工输入条码",
        Say::LabelDetail => "请照标签输入，复核者独立再输入一次。",
        Say::BagLabelDetail => "请照血袋标签输入。没有校验位：复核者独立再输入一次。",
        Say::CatalogField => "血袋货号（10 位）",
        Say::LabelField => "13 位 + 校验位",
        Say::LabelAgainField => "复核者再输入",
        Say::IdentityHeadline => "手工录入献血者证件",
        Say::IdentityDetail => "由第二人核对证件并确认。",
        Say::NameField => "姓名",
        Say::DocumentField => "证件号码",
        Say::BirthField => "出生日期（8 位）",
        Say::DonorFormHeadline => "照登记表录入",
        Say::DonorFormDetail => "1 是，0 否。第二人同时查看登记表。",
        Say::InterviewField => "健康征询合格",
        Say::ExaminationField => "体格检查合格",
        Say::HaemoglobinField => "血红蛋白 g/L",
        Say::ApprovedField => "核准采血量 mL",
        Say::ConsentField => "已签知情同意",
        Say::HandHeadline => "手工完成",
        Say::NoteField => "原因",
        Say::RemarkField => "备注",
        Say::VolumeField => "净采血量 mL",
        Say::NextField => "下一项",
        Say::SendForm => "提交",
        Say::YesDoIt => "是，立即执行",
        Say::CannotUndo => "此操作不可撤销。Esc 返回",
        Say::ChooseCall => "采血多少？不超过核准量。",
        Say::ChooseAbort => "为什么终止献血？",
        Say::ChooseMissing => "标本管为什么缺失？",
        Say::ChooseReaction => "哪种献血不良反应？",
        Say::ChooseSeverity => "严重程度？",
        Say::ChooseProgramme => "改采多少？",
        Say::ChooseByHand => "哪一步是手工完成的？",
        Say::ChooseLook => "为何查看全名？将记账。",
        Say::ReactionHeadline => "献血不良反应：已知情况",
        Say::ToolField => "所用工具",
        Say::NationalField => "国家分级",
        Say::PulseField => "脉搏 次/分",
        Say::PressureField => "血压 mmHg",
        Say::TreatmentField => "处置",
        Say::OutcomeField => "转归",
        Say::NationalHint => "1 轻度  2 中度  3 重度",
        Say::TreatmentHint => "1 观察 2 平卧 3 按压冷敷 4 饮水 5 用药 6 复苏",
        Say::OutcomeHint => "1 恢复  2 随访  3 送医  4 后遗或死亡",
        Say::OptionalHint => "不知道的项按回车跳过",
        Say::ChooseKey => "选择",
    }
}

pub(crate) fn key(which: Key) -> &'static str {
    match which {
        Key::Pause => "暂停",
        Key::Clamp => "夹管",
        Key::Stop => "急停",
        Key::NeedleOut => "已拔针",
        Key::Help => "呼叫支援",
        Key::Keys => "按键",
        Key::Companion => "演示",
        Key::Language => "English",
        Key::SignOut => "锁屏",
        Key::Overview => "全部采血位",
        Key::Beds => "采血位",
        Key::Silence => "静音",
        Key::AlarmLog => "报警记录",
        Key::Older => "更早",
        Key::Newer => "更近",
        Key::Acknowledge => "知晓报警",
        Key::Shift => "班次",
        Key::After => "休息与补记",
        Key::Abort => "终止献血",
        Key::End => "结束采血",
        Key::Reaction => "不良反应",
        Key::Programme => "改采血量",
        Key::HelpArrived => "支援已到",
        Key::TypeIdentity => "手工录入证件",
        Key::CallProgramme => "选择采血量",
        Key::ReadForm => "录入登记表",
        Key::TypeLabel => "手工输入条码",
        Key::TubeMissing => "标本管缺失",
        Key::ByHand => "手工完成",
        Key::WholeName => "全名",
        Key::Back => "返回",
        Key::Select => "选择",
        Key::Quit => "关闭",
    }
}

pub(crate) fn open_bed(bed: BedId) -> String {
    format!("打开 {bed} 号采血位")
}

pub(crate) fn call() -> &'static str {
    "呼叫"
}

pub(crate) fn more(count: usize) -> String {
    format!("另有 {count} 项")
}

pub(crate) fn audio_paused(seconds: u64) -> String {
    format!("静音，剩余 {seconds} 秒")
}

pub(crate) fn backlog(waiting: u32) -> String {
    format!("待上传 {waiting} 条")
}

pub(crate) fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Real => "真实采血",
        Mode::Validation => "验证模式 水袋",
        Mode::Simulated => "模拟模式 非真实采血",
    }
}

pub(crate) fn lost(why: LostWhy) -> &'static str {
    match why {
        LostWhy::Connecting => "正在连接",
        LostWhy::NoDaemon => "控制器程序未运行，或套接字路径不同",
        LostWhy::NotAllowed => "当前用户无权连接控制器",
        LostWhy::Closed => "控制器关闭了连接",
        LostWhy::Silent => "控制器已 3 秒无响应",
        LostWhy::NotUnderstood => "控制器版本不同",
    }
}

pub(crate) fn form_fault(fault: FormFault) -> &'static str {
    match fault {
        FormFault::Empty => "请填写此项。",
        FormFault::BadNumber => "工号格式不对。",
        FormFault::BadLabel => "不是带校验位的献血码。",
        FormFault::BadBagLabel => "货号 10 位；批号 1 至 10 位；日期 YYYYMMDD。",
        FormFault::LabelsDiffer => "两次输入不一致，请与标签核对。",
        FormFault::SamePerson => "复核者必须是另一人。",
        FormFault::BadVolume => "采血量应为 1 至 999 mL。",
        FormFault::BadChoice => "请输入所列数字；血压如 120/80",
        FormFault::BadClosed => "不是献血序号，也不是带校验位的献血码。",
        FormFault::BadTime => "时间格式为 YYYYMMDDhhmm。",
        FormFault::NotSaid => "输入 1 才执行；Esc 返回。",
        FormFault::BadField => "不是代码、批号、日期或数字",
    }
}
