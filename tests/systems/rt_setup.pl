# Run by RT's own Perl: makes a queue, people, tickets and a token, or changes one.
#   perl rt_setup.pl fill COUNT     perl rt_setup.pl change
use strict; use warnings;
use lib '/usr/share/request-tracker5/lib', '/usr/local/share/request-tracker5/lib';
use RT; RT::LoadConfig(); RT::Init();
require RT::Ticket; require RT::Queue; require RT::User; require RT::AuthToken; require JSON;
my ($verb, $count) = @ARGV;
my %out;
if ($verb eq 'fill') {
    my $root = RT::User->new($RT::SystemUser); $root->Load('root');
    my $token = RT::AuthToken->new($RT::SystemUser);
    my ($ok, $msg, $secret) = $token->Create(Owner => $root->id, Description => 'troth');
    $out{token} = $secret;
    for my $n (1 .. $count) {
        my $ticket = RT::Ticket->new($RT::SystemUser);
        $ticket->Create(Queue => 'General', Subject => "Chair $n wobbles",
            Requestor => "customer$n\@example.com");
    }
} else {
    my $one = RT::Ticket->new($RT::SystemUser); $one->Load(1);
    $one->SetStatus('resolved');
    my $new = RT::Ticket->new($RT::SystemUser);
    my ($id) = $new->Create(Queue => 'General', Subject => 'New wobble',
        Requestor => 'customer1@example.com');
    $out{new} = $id;
}
my $tickets = RT::Tickets->new($RT::SystemUser); $tickets->FromSQL('id > 0');
$out{tickets} = $tickets->Count;
print JSON::encode_json(\%out), "\n";
