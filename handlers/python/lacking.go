package python

import (
	"slices"
	"strings"
)

// lack says of some names of Django why this Python has none of them: an AttributeError would not be true.
type lack struct {
	names string // with a space before and after each
	why   string
}

// lacking returns what ends the run at object.name, and nil where Django has no such thing.
func lacking(object, name string, lacks []lack) error {
	i := slices.IndexFunc(lacks, func(l lack) bool { return strings.Contains(l.names, " "+name+" ") })
	switch {
	case i >= 0:
		return &Over{"This small Python has no " + object + "." + name + ": " + lacks[i].why}
	case strings.HasPrefix(name, "_"):
		return &Over{"This small Python has no " + object + "." + name +
			": a name that begins with _ is not meant for views."}
	}
	return nil
}

var sessionLacks = []lack{
	{" create ", "it makes an empty row at once, and is meant for scripts. In a view, store something."},
	{" load ", "Django calls it when a view first touches the session."},
	{" delete ", "flush() deletes the row, and forgets its ID."},
	{" encode decode serializer key_salt ", "Django needs it when it writes the row and reads it."},
	{" model get_model_class create_model_instance ", "it belongs to the database."},
	{" aclear_expired acreate acreate_model_instance acycle_key adelete adelete_test_cookie aexists" +
		" aflush aget aget_expire_at_browser_close aget_expiry_age aget_expiry_date ahas_key aitems akeys" +
		" aload apop asave aset aset_expiry aset_test_cookie asetdefault atest_cookie_worked aupdate avalues ",
		"it is for an async view. Here the same call has no a before its name, and aset is x[key] = value."},
}

var requestLacks = []lack{
	{" user auser ", "nobody logs in here."},
	{" POST FILES body headers META ", "a view here reads the session, the cookies and GET."},
	{" accepted_type accepted_types accepted_types_by_precedence accepts build_absolute_uri close" +
		" content_params content_type encoding environ get_full_path get_full_path_info get_host get_port" +
		" get_preferred_type get_signed_cookie is_secure multipart_parser_class parse_file_upload path_info" +
		" read readline readlines resolver_match scheme upload_handlers ",
		"a view here reads the session, the cookies and GET."},
}

var responseLacks = []lack{
	{" set_cookie set_signed_cookie delete_cookie cookies ",
		"the only cookie that this page sets is the session's."},
	{" headers has_header items setdefault get serialize serialize_headers ",
		"the headers of the answer are the page's own."},
	{" content text getvalue ", "it cannot look into an answer. Put the text into a name first."},
	{" charset close closed flush make_bytes readable reason_phrase seekable streaming tell writable" +
		" write writelines allowed_schemes status_code_preserve_request ",
		"it has status_code, and a redirect has url."},
}
