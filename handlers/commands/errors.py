"""What the owner is told when the database cannot be used."""

import errno

from storage.database import DatabaseDownError

CREATE = "createdb --encoding UTF8 --template template0 库名"
WORDS = {
    "away": "数据库连不上（{detail}）。请检查 {setting} 和数据库服务。",
    "unreachable": "数据库连不上：{setting} 里的主机没有应答。请检查主机和端口、"
    "数据库服务有没有启动、防火墙有没有放行。",
    "host": "数据库连不上：找不到 {setting} 里的主机。请检查主机名有没有写错。",
    "password": "数据库不认 {setting} 里的用户名或密码。请检查这两处；"
    "密码里的特殊字符要写成百分号编码，如 @ 写成 %40。",
    "database": f"{{setting}} 里写的库不存在。请改对库名，或先建一个：{CREATE}",
    "access": "数据库服务不让 {setting} 里的用户连这个库。请检查 pg_hba.conf 或云数据库的白名单，"
    "以及这个用户有没有 LOGIN 和 CONNECT 权限。",
    "rights": "{setting} 里的用户没有权限在这个库里建表或改表。请用管理员连上这个库，运行："
    "GRANT USAGE, CREATE ON SCHEMA public TO 用户名；里面已有的表也要归这个用户所有。",
    "encoding": "{setting} 的库不是 UTF8 编码，放不下中文和表情。"
    f"请另建一个，再把 {{setting}} 改成它：{CREATE}",
    "full": "磁盘满了，数据库写不进去。请腾出空间；什么也没有丢，但满着的时候收不了消息。",
    "folder": "数据库的文件打不开，或不能写。请检查 {setting} 里的路径、它的文件夹的主人和权限，"
    "程序要用能写它的用户运行。",
}
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
NO_RIGHT = frozenset({errno.EACCES, errno.EPERM, errno.EROFS})


def of_the_disk(error: OSError) -> str:
    """What the owner can mend; "" for any other error."""
    where = f"（{error.filename}）" if error.filename else ""
    if error.errno in FULL:
        return f"磁盘满了，写不进去{where}。请腾出空间再试。"
    if error.errno in NO_RIGHT:
        return f"没有权限读写这里{where}。请换一个用户运行，或改它的主人和权限。"
    return ""


def in_words(error: DatabaseDownError) -> str:
    return WORDS[error.why].format(setting=error.setting, detail=error)
