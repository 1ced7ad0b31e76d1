#include "server/merge/name_lists.h"

namespace tally::server::name_lists {

const std::string_view families = R"(
aaron aron arron
abigail abby abbie abi abbey gail abigayle
adam ads
adrian ade adi
agnes aggie nessie
alan allan allen alun al
albert bert bertie al
alexander alex alec alick sandy xander sasha lex alexandre aleksander aleksandr alexandr alexandru alek olek sascha oleksandr sandu sacha aleks oles alexe alecu olus
alexandra alex alexa lexi lexie sandra sandy sasha aleksandra alexandria ola oleksandra lexy aleks andra sanda
alexis alexi
alfred alf alfie fred freddie
alice alys alyce alicja ala alusia
alison allison alyson ally allie
amanda mandy manda
amelia amy millie emelia amelie milly melka mela
amy aimee ami amie
andrew andy drew andi andre
angela angie angel ange angelina
anne ann anna annie anya nan nancy ana ania anka anne-marie ane aneczka anusia andzia
annabel annabelle anabel bella
anthony tony antony ant antonio toni
antonia toni antonina antonella antoinette
arthur art artie artur
ashley ash ashleigh ashlee
austin austen
barbara barb babs barbie basia barbra
barnaby barney
barry baz bazza bazzer
beatrice bea trixie beatrix beatriz
benjamin ben benny benji beniamin
bernard bernie bern barney
bernadette bernie bernadeta detta
bethany beth
brenda bren
brian bryan brien bri
bridget biddy bridie brigid brigit
bronwen bronwyn bron
bruce
caitlin kaitlin katelyn caitlyn kaitlyn cait
calum callum colum cal
cameron cam
carl karl carle carlos
carol carole carrie caz cazza
caroline carolyn carrie caro carolina karolina karoline karolinka karola cazza
catherine katherine kathryn kate katie cathy kathy cath kath katharine cathryn kitty kat katy catharine caterina catrin katarina ecaterina katerina kathrin caitriona kateryna katia katya cati cazza
cecilia cecily celia cecylia
charles charlie chas chuck chaz charley
charlotte charlie lottie char lotte
cheryl sheryl
chloe khloe
christian chris kristian cristian krystian cristi
christine christina chris chrissie tina krystyna kristina cristina kristine chrissy christy krysia krystina kryska cristi
christopher chris kit christy topher kris cristopher christoper xtopher xopher
claire clare clair klara clara
clifford cliff
clive
colin col
connor conor
constance connie constanza
craig
cynthia cindy
daisy
daniel dan danny danni dani dano danno
danielle dani danni daniela daniella dana
darren darryn daz darran
david dave davey davy dai dawid davo daveed
deborah debbie deb debra debby debs
dennis denis den denny
denise
derek derrick deric del dez
diana diane dianne di dian dianna
dominic dom dominik dominique
donald don donnie
donna
dorothy dot dottie dolly dorota dorothea dodie
douglas doug dougie duggie
duncan
edward ed eddie ted ned teddy eduard edi edek
edwin ed eddie
edith edie
eileen aileen ilene
elaine elayne lainey
eleanor ellie nell nellie elinor nora eleanora lenore elli
elizabeth liz lizzie beth betty bess lisa libby eliza betsy elisabeth lizzy elspeth elzbieta ela elisabeta elsie lilibet elka elzunia bette bettie elle elisa lisbeth lizbeth lise bessie buffy ellie
ella
ellen elin
emily em emmy emilia emilie
emma em emmie ema
eric erik erick
erin eryn
esther ester hester essie
eugene gene
evelyn evie eveline
faye fay
felicity fliss flick
fiona fi
florence flo florrie flossie floss
frances fran francesca frannie franny franciszka
francis frank fran franek franciszek francisc
frederick fred freddie freddy frederic fryderyk
gabriel gabe gab gabi
gabrielle gabby gaby gabriela gabi gabriella
gareth gaz garth
gary garry gaz
gavin gav
geoffrey geoff jeff jeffrey jeffery geoffery
george georgie georg gigi geo
georgina georgia gina georgie georgiana georgette
gerald gerry jerry gerard ged gez
geraldine gerry
gillian gill jill jillian
glenn glen
gordon gord gordie
grace gracie
graham graeme grahame
gregory greg gregor grzegorz grzesiek grigore gregg greggo
gwendoline gwen gwendolyn wendy
hannah hanna hana hania hanka ganna
harold harry hal
harriet hattie harri harriett hatty
harrison harry
hayley hailey haley hayleigh
hazel
heather
elena lenuta nuta ilenuta
helen helena nell helene helenka hela
henry harry hal hank henryk heniek henric
hilary hillary
howard howie
hugh huw hughie hugo
humphrey humphry humph
ian iain
imogen immy imogene
irene rene
isaac ike isaak izak
isabel isabelle isabella izzy bella ishbel izabela bel isobel isa iza izabella
ivan
ivy
jack jacko
jacob jake jakub kuba jacub jakob
jacqueline jackie jacqui jacquie jaqueline jacky jaqui jacki jacq
jade
jamie
james jim jimmy jamie jem jimmie jas
jane jayne janie janey
janet jan
janice jan janis
jasmine jas yasmin yasmine jazmin jazz jasmin yasmeen yasmina yasemin jesmin yesmin yeasmin
jason jay
jean jeannie
jeanette jeannette janette
jemima mima
jennifer jenny jen jenni jennie jenna
jeremy jerry jez jem jezza
jeremiah jerry jem
jessica jess jessie jessy
joan joanie
joanna jo joanne joann joana asia joasia aska joaska
jodie jody jodi
john johnny jon jack johnnie jonny jhon jonno jacko
jonathan jon jonny jonathon johnathan jonty jonatan johnny jono jonno
jordan jord
joseph joe joey jo josef jozef iosif jos josip jozek joss
josephine jo josie jozefina josefina josefine jozefa pina posy fifi
joshua josh
joyce
judith judy judi jude judyta
julian jules julek
julie jules juley
juliet juliette
julia jules giulia iulia yulia julka yuliia iuliia yuliya iuliya
justin
karen caren karin karyn
katrina trina catriona katriona
keith
kelly kelley kelli
kenneth ken kenny
kerry kerri kerrie
kevin kev
kieran ciaran kieron
kimberley kim kimberly
kirsty kirsten kirstie
kyle
laura lori laurie lol loz lolly
lauren loren loz lozza
laurence lawrence larry laurie lawrie lorenzo wawrzyniec lawrance lol laz
leah lea leia
leanne lianne leann lian leeanne leighanne leighann leeann leigh-anne
lee leigh
leonard len lenny leo leonardo
leslie les lesley
lewis louis lou lewie luis ludwik
liam
lilian lillian lily lil lilly liliana lilia
linda lynda lyn lin lindy
lindsay lindsey linsey
lorraine loraine
louise lou louisa luiza luisa
lucas
lucy lucie lucia lucja lu
luke
lydia lidia
lynn lynne lyn
madeleine maddie madeline madelaine maddy madalina mada madelina
malcolm mal malc
marcus
margaret maggie meg peggy marge margie greta madge mags megs margot margery margarita margareta margret marg mairead marguerite mogs peggie rita daisy meta
maria mariya marija mariah marysia marika marya ria maryska marioara maricica
marian marion marinica
mariana marianna marianne maryanne maryann
marie
marjorie marje
mark marc
martha
martin marty martyn marcin
mary mae molly polly may mair maryska marysienka
matthew matt matty mathew matthieu mat
maureen mo maur mozza reenie mols
maurice mo maury morris morriss
maxwell max
maximilian max maximillian maksymilian maks
maxine
megan meg meghan meagan megs
melanie mel mellie
melissa mel missy lissa
melvin mel melvyn
michael mike mick mickey micky mikey mic micheal mikie
michaela michela mikaela micaela
michelle shell michele chelle shelly
mildred millie milly
miriam mim mirjam
mohammed mohammad muhammad muhammed mohamed mohamad muhamed muhamad mohd md mohamud muhammud mehmet mahomed muhammet moh muhd mhd mohamett mohummad mo mohammod mahammad mohammud mohmmad maxamed mohmed mohammd muhammod mahamed muhemmed hamo momo
monica monika monique
morgan
naomi
natalie nat nathalie natalia nati talia natalya natalka nata
natasha tasha nat tash natacha
nathan nate nat nathaniel nathanial nathanael
neil neal niall niel
neville nev
nicholas nick nicky nic nicolas nico nickolas nikolas mikolaj nikolai nicolae nikolay micolaj nicu nik nicholaus niklas miki mikolajek nae culai neculai nicusor
nicola nicky nikki nic nicole nichola nicki nicolette nika
nigel nige
noel
norman norm normie
olive
oliver olly ollie oli
olivia liv livvy olivya oliwia livvie livi livia
oscar oskar
owen owain
pamela pam pammy
patricia pat trish tricia patsy patti patty patrycja trisha patsie tish
patrick pat paddy padraig patryk paddie patric
paul pauly
paula pauletta
pauline paulina paulinka
penelope penny pen
peter pete
philip phil phillip filip pip philippe fil
philippa pip pippa phillippa
phyllis phyl
polly
rachel rach rachael rachelle raquel
raymond ray
rebecca becky becca bec rebekah rebeka becki
reginald reg reggie
rhiannon rhian
rhys reece reese rees
richard rich dick rick ricky richie dickie ryszard rysiek rickie rysio
robert bob bobby rob robbie bobbie roberto robi robbo robo bertie
roberta bobbie
robin robyn
roderick rod rory roddy
rodney rod roddy
roger rodge rodger
roland rolly rowland roly
ronald ron ronnie
rosalind ros roz rosalyn rosaleen rosie
rosemary rose rosie romy rosemarie rosmary rosi
rose rosie rosa roza rosalie
rowena ro
roy roye
rupert
russell russ russel
ruth ruthie
ryan
sally sal
samantha sam sammy sammie
samuel sam sammy samuil samo sammie
sandra sandie sandy
sarah sara sari saara sahra
scott scot
sean shaun shawn
sebastian seb bas seba sebek
shane
sharon shaz sharron shazzer
sheila sheelagh shelagh
shirley shirl
sian
sidney sid sydney syd cid
simon si szymon simeon szymek simmo
simone
sonia sonya sonja
sophie sophia soph sofia zofia zosia sofie sophy
stacey stacy
stanley stan
stephanie steph stephany steff stefania stefanie
stephen steve steven stevie stephan ste steffan stefan stef fane stefanita steveo
stewart stuart stu stew steward
susan sue susie suzie suzy zuzanna susanna suzanne suzanna susannah zuzia sus susana suzana zuza suki sukey
sylvia silvia sylwia silvija
tamara tammy tam tamsin
tara
teresa theresa terry tess tessa therese tereza terri tessie resa
terence terry tel terrance terrence tez tezza terrie
theodore theo ted teddy teodor doru
thomas tom tommy thom thos tommo
tiffany tiff
timothy tim timmy
tobias toby tobie tobe
tracey tracy traci tracie trace
trevor trev
tristan tris
tyler
ursula urszula ula
valerie val
vanessa ness nessa
veronica ronnie weronika veronika ronica vron vera
victor vic wiktor viktor
victoria vicky vicki vickie tori wiktoria viktoria vikki wika vika viktoriia
vincent vince vinny vincenty vinnie
violet vi violeta wioletta wiola
virginia ginny ginnie gin
vivian viv vivien vivienne
walter wally walt wal
warren
wayne
wendy wends
wilfred wilf wilfrid fred
william will bill billy willie wills willy bil wm
winifred winnie freda win winny
yvonne iwona von ivonne iwonka
yvette ivette
zachary zach zac zack zak zachariah
zoe zoey
agnieszka aga agusia agniecha agnieshka agneshka
alina
andrzej andrzejek jedrek
aneta anetta
anita aneeta
bartosz bartek bartlomiej bart
beata beatka
boguslaw bogus
bogdan bohdan
boleslaw bolek
bozena bozenka bozka
cezary czarek
czeslaw czesiek
damian damien
danuta danka danusia
dariusz darek
dorotka
edyta edytka
ewa eva ewka ieva
ewelina evelina
genowefa gienia
grazyna grazynka grazka
halina halinka
hubert
irena irenka irina iryna irka ira
ireneusz irek
iwo
jacek yatsek jacus
jadwiga jadzia
jan janek jasiek
janina janka
janusz yanush
jaroslaw jarek yaroslav
jerzy jurek yurek yezhi
joachim achim
jolanta jola iolanda jolka
julita
kamil kamilek
kamila camilla camila milly millie
karol lolek
katarzyna kasia kaska katarzynka katka
kazimierz kazik
kinga
kornelia cornelia
krzysztof krzysiek krzys krzychu kris kshishtof krzysio
leszek lech
lucyna
ludmila lyudmila lyudmyla luda
lukasz lukaszek
maciej maciek
magdalena magda magdalen lena madzia
malgorzata gosia malgosia goska malgoska
marek mareczek
marcela
mariusz
marlena marlene
marta martusia
marzena
mateusz mati
michal michalek
mieczyslaw mietek
milena
miroslaw mirek
miroslava miroslawa mirka
nadia nadya nadiya nadzieja
nina
oksana oxana
olga olha
pawel pawelek
piotr piotrek piotrus
przemyslaw przemek przemo
radoslaw radek
rafal raphael rafael rafalek
renata renia
roman romek
ryszarda
slawomir slawek
stanislaw staszek stas stach stanislav stasiek
stanislawa stasia
tadeusz tadek tadzio
tomasz tomek
waldemar waldek
wanda
wieslaw wiesiek
wieslawa wiesia
wladyslaw wladek vladislav
wojciech wojtek voytek wojtus wojciek
zbigniew zbyszek zbych
zdzislaw zdzisiek
zenon zenek
zygmunt sigmund zygus
alin
adina
andrei andrey andriy andrii andrij
andreea andrea andreia
angelica
aurel relu aurelian
aurelia
bianca
calin
camelia
catalin cata
catalina
ciprian cip
claudia klaudia
claudiu
constantin costel costica kostya konstantin dinu costi tica costache costinel
corina
cosmin
costin
dana
delia
doina
dorin
dorina
dragos
dumitru mitica dumitrache dmitri dmitry dimitri dmytro mitru dima dmytryk
emil
emanuel emmanuel manuel emanoil manny
florin florian florinel
florentina florina flori
gheorghe ghita gheorghita gica gelu
horatiu
ileana
ilie
ioan ion ionel ionut ionita nelu ionica nutu onut ionelia
ioana oana
ionela
iulian iuli
iuliana juliana
laurentiu laur
larisa larissa larysa
liviu
livia
loredana
lucian
luminita
marcel
marin marinel
marina rina
marius
mihai mihail misu mikhail mykhailo mihaita mitu
mihaela miha
mircea
mirela
nicoleta nico
octavian tavi
octavia
ovidiu ovi
petru petre petrica petrisor
petronela
raluca ralu
ramona
razvan
radu
rodica rodi
roxana ruxandra roxandra
sabina
sergiu sergei sergey serhiy sergio serhii sergii sergiy
silviu
simona
sorin sorinel
sorina
tudor
traian
valentin vali
valentina valya vali tina
valeriu valery valeriy
vasile vasyl vasily vasilica vasi
viorel relu
viorica
virgil
vlad vladimir volodymyr vova
abbas abas
abdullah abdallah abdulla abdulah abdoullah abs
abdul abdel abd abdal abdur abdus abdoul abs
abid aabid
abubakar abubakr abu-bakr aboubacar abubakkar aboubakar
adeel adil aadil
adnan
afzal afzaal
ahmed ahmad ahmet ahamed ahmd ahmadh achmed amed axmed ahamad
aisha ayesha aysha aishah aysa aysah ayisha aicha aaisha ayeesha ayshah aesha ayisa ayesa esha aishat
akbar akber akbor
akram akrem
akhtar akter akther aktar aktor
alam alom
aleena
ali aly alee alli cali
alia aaliyah aliyah aliya alya
amin ameen amine
amina aminah ameena aamina
amir aamir ameer amer aamer emir
amira ameera amirah
amjad amjed
anam
anas anass
anis anees
anisa aneesa
anwar anwer anwaar anowar anower
anwara anowara
aqeel aqil akil
arfan irfan erfan
arif aarif areef
arshad
arslan arsalan
asad assad asaad
asghar
asif aasif asef
asim aasim aseem
aslam
asma asmaa asmah
atif aatif
ayaan ayan
ayub ayoub ayyub
azam azzam
azeem azim azeim
aziz azeez ajij ajiz
aziza azizah
badr bader
babar baber
bashir basheer bachir
basit baset
bilal bilaal belal billal bil
bushra
daud dawood dawud dawoud daood
ehsan ihsan ihsaan
ahsan
eman iman emaan imaan
fahad fahd
fahim faheem
faisal faysal feisal faisel foysal faysol foisal fysal foysol faisol
faiz faiez foyz fayz foiz fayez faez fayyaz
farah farrah
fareed farid farred forid
fareeda farida faridah
farhan farhaan
farhana
farooq faruk farouk faruq farook faroque
farzana ferzana farjana
fatima fatimah fatema fathima faatimah fatma fatimata phatima fadumo faduma faadumo fatuma
fazal fazl fadl fadel fadhel fadhil
firoz feroz feroze firuz firoj feroj
ghulam gulam golam gholam gulaam
habib habeeb
habiba habeeba
hadi
hafsa hafsah hafza
haider haidar hyder haydar heider hayder
hakim hakeem
halima haleema halimah halimo
hamid hameed hamed
hamida hameeda
hamza hamzah hamsa hamz
hanif haneef
haris haaris harith
haroon harun haroun haz
hasan hassan hasaan hasson xasan hacen
hasina haseena
hashim hashem hachem
hussain hussein husain hossain hussien hossein husayn hussaini hosen hussin houssein hossen husein hosain husen xuseen hosein huss
ibrahim ebrahim ibraheem ibrahem ibby ibs
idris idrees idriss
iftikhar ifthikar iftekhar iftekar iftikar
imad imaad
imran imraan emran immy imi
inayat enayet inayet
inam enam
iqbal ikbal eqbal
iqra
isa issa eesa
ishaq ishak isaq
ishfaq ashfaq
ismail ismaeel ismael esmail ismayil esmael ismaeil ismy
jabir jaber
jafar jaffar jafer
jahangir jehangir jahangeer jahangier
jalal jalaal
jamal jamaal gamal djamel djamal
jamil jameel jamel
jamila jameela jamilah djamila
javed javaid jawed jawaid
jawad javad
junaid junayd junayed jun
kabir kabeer kobir
kaiser qaiser
kaleem kalim
kamal kamaal
kamran kamraan kam
karim kareem korim kerim karem
karima kareema
kashif kaashif kash
khadija khadijah khadeeja khadeja kadija khatija kadidja khadiza khodeja khodeza khadiga hatice
khaled khalid khaleed khalad
khalil khaleel
khalida khaleda
khadim
khurram
laiba
latif lateef
latifa lateefa
layla leila laila leyla
liaqat liaquat
lubna
luqman lukman
madiha madeeha madihah
maha
mahbub mahboob mahabub mehboob mehbub mahbubur
mahdi mehdi mehedi mehdy mehadi
mahmood mahmud mahmoud mehmood mahmod
mahira
majid majeed maajid majed mojid
malik malick malek maalik
mansoor mansur mansour monsur
maqsood maqsud maksud maksood
marwa marwah
marwan
maryam mariam maryum meryem marium mariyam miryam moriom morium mariom myriam meriem
masood masud masoud
mehreen mahreen mehrin
mina
misbah
moin moeen muin
mona muna
mubarak
mubashir mubasher
mudassar mudasser
muneeb munib
munir muneer mounir monir
murad
musa moosa mousa mussa
musarrat
mushtaq mustaq mostaq mostak mushtak
mustafa mustapha moustafa mostafa mus musty
nabeel nabil
nabeela nabila
nadeem nadim nad
naeem naim nayeem nayim naeim noyeem naiem
naila
najma nadjma nazma nazmah
nargis
naseem nasim
naseer nasir nasser naser
nasreen nasrin nasrine nas naz nazzy
nasira
naveed navid nav
nawaz
nazia nazea
nazir nazeer
nida
nilufar nilufer niloufar nilofar
nisar
noor nur nour nurun
noreen nourin
nosheen
nura noora
nusrat
omar umar omer umer cumar cumer oms
osama usama
parveen parvin perveen perween parvine
parvez pervez pervaiz parvaiz parvej parwez
qamar
qasim qaasim kasim kassim kashem kasem kassem gasim gasem ghassem qasem
rabia rabiah rabiya rabeya robeya rabea
rafiq rafique rafeeq rofiq rafik rafeek
rahim raheem rohim
rahima raheema
raja
rajab ragab
ramadan ramzan ramadhan
rashid rasheed rachid rashed rasheid
rashida rasheeda rasheda
raza reza
razia raziya
rehana rihana rayhana raihana reyhana
rehan rayhan raihan
riaz riyaz riyad riyadh riaj riad
rida reda ridha
rizwan ridwan rizwaan rezwan rejwan rizvan redwan riz
rizwana rezwana ridwana
robina rubina
rokeya ruqayyah rukaya rukayat ruqaya ruqaiya rukaiya ruqayya rukia rukiya ruqaiyah rukeya ruqia
rukhsana ruksana roksana
ruma
sabir saber
sabira
sabrina sabreena
sadaf
sadia saadia sadiya
sadiq sadik sadeq
saad sad
saeed said sayeed
saeeda saida
safia safiya safiyya sofiya safiyah
saima
sajid sajed saj
sajida
sajjad
sakina sakeena
salah
saleem salim selim
saleh salih
saleha
salima saleema salimah
salma selma
salman salmaan
samina sameena
samir sameer sameir
samira sameera
sana sanaa
sanjida sanzida sanjeda
saqib saqeeb sakib saquib
sarfraz sarfaraz
shabana
shabbir shabir sabbir shabeer
shabnam
shafiq shafique shafeeq sofiq shafik
shahbaz
shahid shaheed sahid shohid shahed shah
shahida sahida shaheda shaheeda
shahin shaheen
shahnaz shehnaz shanaz shahanaz
shahzad shehzad
shaista
shakeel shakil shak shaki
shakila shakeela
shakir
shamim shameem sham shamy
shamima shameema
shamsul shams samsul shamsull
sharif shareef sherif cherif charif
sharifa shareefa sherifa
sharmin sharmeen
shazia shazya shaz shazi
shehla
shoaib shuaib shoeb
siddique siddiqui siddiq siddiqi siddiquee siddik
sobia
sohail suhail sohel shohel suhel sohayl
sohaib suhaib suhayb
sufian sufyan sofiane
sulaiman suleman suleiman sulayman sulaman suleyman solaiman solayman sulyman
sultan
sultana
sumaiya sumaya sumayya
sumera sumaira
suraya suraiya thuraya surayya
syed sayed sayyid saiyed seyed sayyed
taha
tabassum
tahir taahir taz
tahira tahera taahira taz
tahmina tehmina
talha
tamanna
tanvir tanveer tanbir tanweer
tanzila tanzeela tanjila
tariq tarik tareq tarek taric taz
tasleem taslim
taslima tasleema
tasnim tasneem
tauseef tousif
tayyab taib
tayyaba
ubaid obaid
uddin udin uddeen eddine eddin deen oddin udheen
umair omair
umm ummu umme um
usman uthman osman othman ousmane uzi ussy
wahid waheed
waleed walid oualid
waqar vaqar
waqas waq
waseem wasim
yahya yahia yehia
yaqoob yakub yaqub yacoub
yaser yasir yassir
yasin yaseen yassin yassine yeasin yeaseen
younis yunus younus yunis younes
yousaf yusuf yousef yousuf yusef youssef yousif yusof youssouf
zahid zaheed zahed jahid
zahida
zahir zaheer jahir zohir johir jaheer zahoor
zahra zahrah zehra
zainab zaynab zeinab zainub zeynep joynab zaineb jaynab zeineb zay
zaki
zakia jakia zakiya zakiyya
zakir
zaman
zara zarah
zeeshan zishan
zia ziya
zubair zubayr zubi
zuhra zohra zuhura
zulfiqar zulfikar zulfi dhulfiqar dhulfikar thulfiqar
zulekha zuleikha julekha zuleykha zulaikha
chowdhury choudhury chaudhry chaudhary chaudhuri chowdury choudhary chaudry chowdhuri chaudhri chudhury choudry chaudary chowdhry choudhri chaudari chaudhury
miah mia miya mian miyah meah
begum begam begom
khatun khatoon khatoun khatton
bibi beebi bebe
khanam khanum khanom
sheikh shaikh shaik sheik shekh cheikh shaykh
rahman rehman rahmaan rehmaan rahmann rohman rahaman rohoman rehmani rahamn
haque huq hoque haq huque hakk hoq haqq
islam islaam eslam
sarkar sarker sircar
mukherjee mukhopadhyay mukerjee mookerjee
banerjee bandyopadhyay bannerjee banerji
chatterjee chattopadhyay chatterji
bhattacharya bhattacharjee bhattacharyya
das dass dash
dutta datta dutt
qureshi quraishi kureshi quraishy qureishi
ansari ansary
mirza meerza
butt
bhatti
jahan jehan
munshi monshi
mollah molla mulla mullah
talukder talukdar
mandal mondal mondol
biswas
akash aakash
amit
amrit
anil
anjali anjuli
anjum
arjun
arun
asha
ashok
deepa dipa
deepak dipak
dinesh
gaurav
geeta gita geetha
gopal
gurpreet gurprit
hardeep hardip
harjit harjeet
harpreet harprit
jaspreet jasprit
jasvinder jaswinder
kavita kavitha
kiran
kishan kishen
krishna krishnan
kuldeep kuldip
kulwinder kulvinder
lakshmi laxmi
mahesh
manjit manjeet
manoj
manpreet manprit
meena
meera mira myra
mohan
mukesh
nalini
narendra narinder narender
naresh
neha
nikhil
nisha
nita neeta
parminder
pooja puja
pradeep pradip
prakash
pramod
pranav
preeti priti preethi
priya preeya
raj
rajesh
rajinder rajendra
rajan
rakesh
ramesh
rani
ranjit ranjeet
ravi
rekha
rina reena
rita
ritu
rohan
rohit
sandeep sandip
sangeeta sangita
sanjay sanjoy
sanjeev sanjiv
santosh
satish
seema sima
shanti
sharmila
shilpa
shreya
sita seeta
sneha
sukhdev
sukhwinder sukhvinder
sunil suneel
sunita suneeta
suresh
surinder surendra surender
sushma
swati swathi
usha
vandana
varun
vijay bijoy
vikram bikram
vinod
vishal
yogesh
singh sing singha
kaur kour
patel
sharma sarma
varma verma
iyer aiyar
joshi
desai
thakur
sohrab
abdi cabdi
abdirahman abdurahman
hodan
hawa hawwa
ifrah
warsame
smith smyth smithe smythe
taylor tailor tayler
clark clarke clerk
thompson thomson tomson thomsen
johnson jonson johnsen
johnston johnstone
brown browne broun
white whyte
green greene
reid reed read reade
davis davies davys
phillips philips philipps
matthews mathews
stephens stevens
stephenson stevenson
nicholson nicolson
macdonald mcdonald
mackenzie mckenzie
mackay mckay
mclean maclean mclaine
mcleod macleod
mcneil mcneill macneil
mcintyre macintyre
mccarthy macarthy mccarty
mcgregor macgregor
mclaughlin mcloughlin maclaughlin
obrien obrian obryan
oconnor oconner
oneill oneil oneal
osullivan
odonnell odonnel
oreilly
hughes hughs
lloyd loyd
elliott eliot elliot eliott
barnet barnett
bennett bennet
garrett garret garratt jarrett
hewitt hewett hewit
jarvis jervis
marshall marshal
moore moor more
parkinson
pearce pierce peirce
pearson pierson peirson
sheppard shepherd shephard sheperd shepard
sinclair sinclaire
turner
walsh walshe welsh welch
ward warde
webb
wilkinson
woods
wright right
grey gray
harding
hartley
haworth howarth
ainsworth aynsworth
entwistle entwhistle entwisle
kowalski kowalska kowalskie
nowak novak nowaczka
wisniewski wisniewska
wojcik
kowalczyk kowalczuk
kaminski kaminska
lewandowski lewandowska
zielinski zielinska
szymanski szymanska
wozniak
dabrowski dabrowska dombrowski dombrowska
kozlowski kozlowska
jankowski jankowska yankowski yankovski jankovski
mazur
wojciechowski wojciechowska
kwiatkowski kwiatkowska
krawczyk
kaczmarek
piotrowski piotrowska
grabowski grabowska
zajac zajonc
pawlowski pawlowska
michalski michalska
nowicki nowicka
adamczyk
dudek
wieczorek
jablonski jablonska
krol
majewski majewska
olszewski olszewska
jaworski jaworska
wrobel
malinowski malinowska
pawlak
witkowski witkowska
walczak
stepien
gorski gorska
rutkowski rutkowska
michalak
sikora
ostrowski ostrowska
baran
duda
szewczyk
tomaszewski tomaszewska
pietrzak
marciniak
wroblewski wroblewska
zalewski zalewska
jakubowski jakubowska
zawadzki zawadzka
sadowski sadowska
ionescu ionesco
popescu
popa
dumitrescu
stoica
georgescu gheorghescu
matei
ciobanu
rusu
munteanu
wang wong
li lee
zhang cheung chang
liu lau liew
chen chan tan
yang yeung yeong
huang hwang
zhao
wu ng
zhou chow chou
xu hsu tsui
sun
ma mah
zhu chu
hu
guo kwok kuo
he ho
lin lam
gao ko
luo law lo
zheng cheng
liang leung
xie tse hsieh
tang tong
song
deng
han
feng fung
cao tso tsao
peng pang
zeng tsang
xiao siu
tian
dong tung
pan poon
yuan yuen
cai choi tsai
jiang chiang
yu
du
ye yip yeh
cheng ching
wei ngai
lu loo lv lyu
ding ting
ren yam
shen sum shum
yao yiu
jin kam chin
fan
fang fong
shi shek
tan tam
liao
zou chau
xiong hung
bai pak
meng mang
qin
qiu yau
jia
xue sit
yan yim
kong
nguyen nguyan
tran
oluwaseun seun
olubunmi bunmi
chukwuemeka emeka
adebayo bayo
oluwafemi femi
oluwaseyi seyi
babatunde tunde
temitope temi tope
folashade sade
olawale wale
ayodele ayo dele
omolara lara
tatiana tatyana tetiana tetyana tania tanya
enamul inamul
kulsum kulsoom kalsoom kulsom kulthum kalthoum kulsuma
fauzia fouzia fozia foziya fauziya fawzia
rasool rasul
kay kaye
kausar kauser kousar kouser kawsar kowsar kowser kausor kawser
gulzar
ghaffar gaffar gafar
qayyum quayum kayum qayum kaiyum
syeda sayeda sayyida
ghazala gazala gazalla
humayun humayoun humayon homayun hamayun humayoon
khurshid khurshed khursheed khorshed khorshid
jabeen jabin
ilinca
yevhen yevgen evgeny yevgeny evgeni evgenii zhenya evgeniy
serhii
iryna
bhupinder bhupendra
kathleen kath kathy kay cath cathleen katie kathlyn kathlene kitty
alastair alistair alasdair allister alister alisdair
maksym maxim max
archibald archie archy
tabitha tabby tabbie
letitia tish lettie laetitia letty leticia
theodora theo dora thea teodora
theophilus theo
angus aonghas gus
augustus gus august
bartholomew bart barty
benedict ben bennie benedikt benedykt
clementine clem clemmie
clement clem
cordelia delia
desmond des dessie dez
dermot diarmuid diarmaid
edmund ed eddie ned ted eamon eamonn
ewan euan ewen
ferdinand ferdie
fergus ferg gus
finlay fin finley findlay
flora flo florrie
franklin frank
gertrude gert gertie trudy trudie
gilbert gil
gruffydd griff gruff gruffudd griffith
gwyneth gwen
herbert bert herb herbie
ignatius iggy
gemma jemma gem jem
lachlan lachie
lancelot lance
leopold leo
lucinda cindy
madison maddison maddie maddy
marilyn marylin marylyn marlyn lyn
matilda tilly mattie tilda mathilda matilde tillie
mervyn merv mervin
millicent millie milly mils
montague monty
priscilla cilla
prudence pru prue
rosamund ros roz rosamond
rosanna rosanne roseanne roseann rosana roxanna
selina celina selena
siobhan shivaun chevonne
sybil sibyl cybil
vaughan vaughn
wallace wally
wilhelmina billie willa mina minnie
winston win
aidan aiden aydan ayden aden
brendan bren brendon
bradley brad
declan dec deklan
eoin eoghan
ruairi ruaridh ruari rory
seamus shamus seumas
eilidh ailidh
llewellyn llewelyn llew
geraint ger
meredith meredydd merry
ieuan ifan
tomos twm
percival percy
randolph randy ranulph
sheldon shel
sylvester sly sylwester sylwek
thaddeus tad
solomon sol solly
samson sam
saul
reuben ruben rube
rudolph rudy rudolf
mitchell mitch
annette anette
brigitte brigitta brygida birgit
carmel carmela
cassandra cass cassie
delilah
dolores lola
eloise heloise
estelle stella estella
evangeline evie
frederica freda freddie
genevieve gen genny
henrietta hettie hetty etta ettie
hermione minnie
hyacinth jacinta jacinth
isidore izzy
jacinda
jessamine jess
jocelyn joss jocelin
juanita nita
kendrick ken
lavinia vinnie
leonora nora leonor
lorna lorn
marcella marcelle
marietta etta
minerva minnie
mirabelle belle
muriel murial
myrtle
nigella
norma
patience pat
pearl perl
petronella petra
rosabel
roxanne roxann roxy
sheena sine
shelley shelly
sheridan
sigrid
thelma
ulrica
vera wera wiera
verity
viola vi
winona
zena xena
simpson simson
gallagher gallacher galagher
doherty docherty dougherty
kavanagh cavanagh cavanaugh
cooke cook
bailey bayley baillie baily
rogers rodgers
robertson robertsen
rhodes rhoades roads
byrne burne
murphy murphey
peters
saunders sanders
whittle whittel
whitaker whittaker whiteaker
winstanley winstanly
schofield scholfield
sidebottom sidebotham
greenhalgh greenhalge
hindley hindly
nuttall nutall nuthall
ashcroft ashcraft
heywood haywood
holroyd holroyde
horrocks horrox
hutchinson hutchison
armitage armytage
atkinson atkinsen
barraclough barroclough
bickerstaff bickerstaffe
blakeley blakely
butterworth butterwurth
chadwick chaddwick
crowther crowder
dickson dixon
dickinson dickenson
eccles
fairclough faircluff
farrar farrer
hargreaves hargraves hargreave
haslam heslam
hey hay
kershaw kirshaw
lomas lomax
ogden ogdon
pemberton
ramsbottom
ratcliffe radcliffe ratcliff radcliff
rawsthorne rawstorne
rigby
rothwell
seddon sedden
shackleton
southworth
sutcliffe sutcliff
thornley
tyldesley tildesley
walmsley walmesley
wolstenholme wolstenhulme
woodhouse
barratt barrett
maddocks maddox
mills
newell newall
norris
osborne osborn osbourne
pickles
piggott pigott
pritchard prichard
reynolds renolds
rowlands
sergeant sargent
tunnicliffe tunnicliff
tyson
wiggins
wilson willson
wyatt wyat
mohsin mohsen muhsin mohcine
nafisa nafeesa nafisah
munira monira muneera mounira
hafiz hafeez hafij hafez
halim haleem
bukhari bokhari bukhary
saba sabah
samia samiya samiyah samiyya
samiha sameeha
shirin shireen shirine shereen sherine cherine chirine
bhuiyan bhuyan bhuiya bhuia bhuyian bhuiyah
sikder shikder sikdar shikdar
javeria javeriya juwairiyah juveria jawairia
mahjabin mahjabeen mehjabin mehjabeen
mehnaz mahnaz
umaima omaima umayma umaymah
rifat riffat refat
rafat raafat
raees rais rayees
rauf raouf raoof rouf
hasnain husnain hassnain
zain zayn zein zeyn
shakib shakeeb
siraj seraj serajul
saif saef seif sayf
rezaul rejaul razaul
matin mateen motin
ilyas elias ilias eliyas elyas
nuh nooh
zakariya zakaria zakariyya zachariya zakariah
khizar khidr khizr
taufiq tawfiq tawfeeq toufiq towfiq tawfik taufik taufeeq toufik
wajid wajed
mahfuz mahfooz mahfouz
moazzam muazzam moazzem
muzammil mozammel muzamil mozamil muzzammil
mukhtar mokhtar mokhter moktar mukhter
maqbool mokbul makbul maqbul
musharraf mosharraf mosharaf musharaf mosarraf
mujib mojib mujeeb
mustafiz mostafiz mustafeez
mizan meezan
nasima naseema nasema
rahela raheela rahila
sabiha sabeeha
sadiqa sadeka sadika
safina safeena
shaukat shawkat showkat shoukat saukat
sufia sufiya soofia
zubaida zubeda zubayda jubaida zobaida zobeda
hosneara husneara hosnara
hafiza hafeeza
hanifa haneefa
humaira humayra homaira humera humeira
imtiaz imtiyaz emtiaz
irshad ershad
ishrat israt esrat
jasim jashim jaseem jasem
khaliq khaleque khalique khalek khaleq
lutfur lotfur lutfor
mamun mamoon mamoun maamun
manzoor manzur monzur manjur monjur
masuma masooma
mubin mubeen mobin
nizam nezam nizaam nijam
nazim nazeem
obaidullah ubaidullah ubaydullah obaydullah
quddus kuddus kuddos
shahadat shahadot sahadat
shahjahan shahjehan shajahan sajahan
shiraz sheraz sheeraz
siddiqa siddiqua siddika sidika
subhan sobhan
tofazzal tofazzel tofajjal
wahida waheeda
ziad ziyad zeyad ziyaad
ziaul jiaul
hisham hesham hicham
husam hossam hussam hosam housam
ihab ehab
magdy majdi magdi
mamdouh mamduh
midhat medhat
mutaz moataz moutaz muataz
najwa nagwa
najla naglaa nagla
shaima shaimaa shayma shaymaa chaima chaimae
tamer tamir
wael wail
hatim hatem
hazim hazem
wisam wissam wesam
suad souad soad
fuad fouad foad
jihad jehad
nadir nader
rami ramy
qadir qader kader kadir qadeer
jabbar jobbar
mumin momin moumin
razzaq razzak rajjak razaq razak
samad somad
shakur shakoor
wadud wadood
wahab wahhab
ghafoor gafur gafoor ghafur
ghani gani
amarjit amarjeet
baljit baljeet
daljit daljeet
gurjit gurjeet
paramjit paramjeet parmjit
sarabjit sarbjit sarabjeet
surjit surjeet
charanjit charanjeet
kamaljit kamaljeet
inderjit inderjeet indarjit
sukhjit sukhjeet
kiranjit kiranjeet
simranjit simranjeet
amandeep amandip
gurdeep gurdip
mandeep mandip
jagdeep jagdip
navdeep navdip
balwinder balvinder balbinder
mohinder mahinder mahendra
tejinder tajinder
davinder devinder devendra
jatinder jitender jitendra
satwinder satvinder
gurwinder gurvinder
lakhwinder lakhvinder
dhillon dhilon
sidhu sidhoo
sandhu sandhoo
shah sha
chauhan chohan chouhan
rathore rathor
mishra misra
agarwal agrawal aggarwal
chakraborty chakrabarti chakravarty chakraborti
ganguly ganguli
ghosh ghose
bose basu
jyoti jyothi
arti aarti aarthi
ajay ajoy
shiva siva
venkatesh venkatesan
subramaniam subramanian subramanyam
nithya nitya
anila aneela
leela lila
deepika dipika
sushila susheela
agata agatka
antoni antek antos tosiek
arkadiusz arek
boguslawa bogusia
bronislaw bronek
bronislawa bronia
dagmara daga
eugeniusz gienek
eugenia gienia jeni
feliks felek
henryka henia
justyna justynka justina
lucjan lucek
michalina michasia
tymoteusz tymek
waclaw wacek
witold witek
wlodzimierz wlodek
kacper kasper kacperek
piatek piontek
adriana adi ada
georgeta geta
mykola kolya mykolay
yuriy yuri iurii yurii iuri yury
svitlana svetlana sveta
anastasia anastasiia nastya anastasiya
igor ihor
oleg oleh
pavlo pavel
ashour achour ashur
wali ouali waly
alexei alexey aleksei aleksey oleksii oleksiy alexej
achraf ashraf ashrof
rachida rasheda
yacine yasin
masri masry
annabelle belle annabell
arabella bella ara
christabel chris bel bella
beverley bev beverly bevvy
augustine gus augustin
cyril cy
horace horry
arnold arnie arno
beryl bez
doreen dor dory
edna eddie ed
davina vina davi
philomena mena phil philo
thomasina tamsin tamzin tommie
tamsin tamzin tammy tamsyn
antonina tosia
kazimiera kazia
ana anuta anuca anca ani
ecaterina catinca cati
teodor teo
teodora teo
martina tina martyna
cristina tina
albertina tina
clementina tina
artur arturek
wiktor wiktorek
darrell daz
lawrence loz
theresa tracy
marguerite daisy
adelaide addie ada
adele addie
ada addie
rowland roly
clarence clarrie
clara clarrie
ethel eth
mabel mab maybelle
hester hetty ess
nathaniel nat nate nathan
zachariah zakky
lionel leo
elijah eli
elias eli
ezekiel zeke
josiah joe jos
obadiah obie
harris haz
hassan has haz
khalid khal
wasim waz
yasmin yas yaz
yusuf yus
tajul tazul
majumder mazumder majumdar mazumdar mojumder majumdhar
howlader hawladar hawlader howladar haolader haoladar
roisin rosheen roisheen
aoife eefa aoifa
saoirse seersha sersha
grainne gronya grania grainna
oisin osheen usheen ossian
maire moira maura moya
sinead shinead
ciara kiera keira kiara
eimear emer eimer
aisling ashling aislinn
orla orlagh orlaith
padraig porick paudie
cathal kahal cahal
tadhg tighe tadgh
fionnuala finola nuala
mairead maread
donahue donoghue donohue donaghue
keogh kehoe keough
geoghegan gagan gahagan
dsouza desouza souza
hough huff
mcgough mcgoff
fawcett forcett faucett fawcet
lowe low
brooke brookes brooks
thabit sabit thabet sabet
dhikra zikra thikra
fadhil fadel fadil fadhel fazil fadhl
adel adil adeel
nagib najib nageeb najeeb
lei lee li
sosna sosnowska
walid oualid
jagoda jagodka
krachun craciun
jordache iordache yordache
iordan jordan yordan
iosub josub
wojtek voytek vojtek
mickiewicz mitskevich
fawzi fouzi fauzi faouzi
chahine shahin shaheen chaheen
moustapha mustafa
ghada ghadah
hayfa haifa
rubina robina
mumtaz momtaz mumtaj momtaj
abul abool
kalam kalaam
jubayer zubair
mather mathers
)";

const std::string_view singles = R"(
abebe abena abhi abhishek abraham abrar adamek adams addo adeola adeyemi adiba adila aditi aditya afia afreen
afsana aftab ahad ahluwalia aida ajani ajit ajmal akmal akond akosua akshay alba alberto albu aldo alejandro
alemu alfredo alisha aliza alka alma altaf alvaro alyssa ama amaka amal amalia aman amar amara amber ambrose
ameet amisha amman ammar amna amol amos amrita anand ananya anatol anatoliy anaya anderson andrews andromeda
andrzejewski anghel anika aniket anisha anjana ankit ankita annam anoushka antoine anton antonescu anu anup
anuradha anushka aparna apostol appiah apurva aqsa arain aranka aravind archana areeba areej arham ariana
arman arooj arpita arturo arwa asante ashish ashraful ashton ashwin asiya asiyah asmita aston athar atiqur
atiya augustyn aurica aurora ava avinash awan aya ayat ayaz ayman aymen azad azhar azra babita babul badrul
baig bak baker balan balbir baloch balogun banas banks barakat barbu barbulescu barker barlow barnes barot
barrow barrows basma batool batt bawa baxter beenish bekele bell benazir bepari berhane berry bhagat bhavesh
bhavin bhavna bhutto bielecki bimal bina biniam bipasha birch bishop bismah black blackburn blake blaszczyk
blazej boateng booth boris borkowski borys bowen boyle bradford brandon bratu bray brennan brett brianna
bright brody bryony brzezinski buckley bucur bulbul bull bullock burke burns burrow burrows burton bush butler
byron cain caleb campbell cara carina carla carlo carly carmen carr carter cartwright casey cecil cedric
celeste chambers chandio chandra chapman charan charlton chelsea chetan chidi chinedu chioma chipo chitra
chmielewski christie cieslak clayton clegg clough cody cojocaru cole coleman collins connolly constantinescu
conway cooper cope cora corey cornel cornelius cosmina costea coupe courtney cox crawford cretu cristea
croitoru crompton crook cross crossley crystal cunningham curtis czajka czarnecki czerwinski dale dalia dalton
damon dania daniele daniels danish dar darcy daria darius darshan darwish davidson davison dawit dawn dawson
day dean debashish delwar demi denby denisa devi dexter dhaliwal dhruv diaconu dilara dilawar dilip dilruba
dina dipali divya dobre dobromir dobrowolski dobson domanski domenico dominika donnelly doris doyle dragan
dragomir drake duaa duffy dunn duxbury dylan eastwood eden edgar edmunds edwards egan ehtesham elham elise
ellis elsa elton elvira elvis emerson emilian enache ene enid erica ernest errol erum erwin eryk ethan eugen
evan evans eyob eze fabian fadi fairhurst fakhar fakir farai faraj faria fariha farkhanda farmer farrell farwa
fatou fawad fazlul felicja felix fen ferenc ferguson fernanda fernando ferran field fielding fikru filipek
filippo finch finn fion firoza fisher fitzgerald fitzpatrick fiza flanagan fleming fletcher florea flynn
folake ford forrest forster foster fowler fox francisco fraser freeman freya frost fuller funmi gabriele
gajewski gandhi ganesh gardner garfield garg gargi garner gavril gavrila gazi ghanem gibbs gibson giles
giovanna giovanni gloria glover glowacki goddard gohil goodwin gorecki gornall gould govind grant greenwood
grewal griffin griffiths grigorescu grimshaw gul gulab gulnaz gulshan gunn gupta gustaw guy gwyn haala habibur
haddad haigh haile hajra halabi hale hall hallam halliwell halsall hamer hamilton hanan hancock haniya hao
harden hardik hardy hari hariri harish harley harper hart harvey harwood haseeb hashmi hassaan hawkins hayat
hayden hayes haynes heap heaton heba hector heidi hemant henderson hetal hiba hibah hicks higgins hijazi hilda
hill hilton hina hindle hira hitesh hiwot hobbs hodges hodgson hogan holden holland hollie holly holme holmes
holt home hooper hooria hope hopkins horia horton howe howell hoyle huda hudson hulme huma humphreys hundal
hunt hunter hurst iancu ida ifeoma iga ignacy ijaz ikenna ikram ilies iliescu ilona indira ines ingham ingrid
insha intisar ioannis iona iris irma irum isha ishaan ishani ishita isidora isla ivor iwan izhar jackson
jacobs jaden jaffery jagdish jagjit jahanara jain jana janaki jannah jannat jared jasbir jasinski jasmeet
jasper jatin jatoi jaya jayesh jayshree jenkins jennings jenson jha jignesh jilly joao joel joelle johal jolly
jonah jones jorge jose josna juliusz june juno kaczor kainat kaja kajal kajetan kalina kalinowski kalpana
kamala kamau kamla kamrul kanaan kane kania kanta kanwal kapil kapoor kara karam karan karishma karpinski
kartik kaspar kasprzak katalin kaya kayla kazi kearney keeley keeling kelvin kemi kemp kendra kennedy kent
kenyon kerr kerstin keshav ketan khairul khalaf khalsa khan khandaker khansa khatri khaula khokhar khondaker
khoury khushi kian kidane king kira kirby kirk kirti klemens kleopatra klimek knight kofi kolodziej komal
konieczny konrad kopec kosinski kowal kozak kozlow krajewski krakowiak krupa kubiak kucharski kujawa kunal
kurek kurowski kurt kushal kwame kwesi lalita lally lambert lamia lana lancaster lane laskar laskowski laszlo
lata lawson lazar leach leena lees leokadia leon leona leonid leroy lesia lester lever lewin liliane lilla
lipi lipinski lis little livesey lockwood lodhi logan lokesh long lord lovely luca lucille ludovic luigi luiz
lukasik lungu lupu lyla lynch lyra maalouf maaz maciejewski madej madhav madhu madhuri mahal maheen mahfuza
mahmoodi mahmuda mahnoor mahwish maimuna maisie maja majd makowski maksuda malaika maleeha maliha malika
malini maliszewski malwina mamta manahil manish manisha manjula mann manning manole mansouri manuela marcelina
marcia marco margherita margo marinescu mario mariola marko markowski marla marlon maroof marsh marten marvin
maryla marzec marzia mashal mason mather mathers matubbar matusiak matyas maud mauro maurycy mavis maya mayur
mazurek mcbride mccabe mccann mccormick mcculloch mcdermott mcgee mcgrath mcguire mcmahon mcmanus mcmillan
meadows meenakshi megha mehak mehta mehwish melania mellor melody memon mensah mercer mercy meron metcalfe
middleton miguel mihailescu mihalache mihalcea mihnea mikael mikolajczyk mila milan miles milewski militaru
miller milo mirabela mistry mitali mitesh mizanur mocanu modi mofiz mohini moldovan momena moni monwar moody
mooney moran moraru morjina morrison morton moss motiur moyo mridha mroz mughal mukta mullen mulligan mulu
mungo munni muntaha muqadas muresan murray mursal mustafizur muszynski mwangi myers nada nadezhda nadila
nadine naghma nahar nahid nahida naidu nair najjar nandini naqvi narcisa narcyz nargiz nash nashwa nasra
nasrallah nassar natan nausheen navjot nawab nawal nayab naylor nazli nazmul nazrul ncube ndlovu neagu nedelcu
neelam neeraj negrea negru neild nela nelson nestor newman newton ngozi nia niamh niaz niazi nield niemiec
nigar nighat nihal nikola nilesh nimra nipa nirmal nirmala nishant nistor nistorescu nitin nkechi nnamdi noah
noble noelle nola nolan norton nowakowski nuha nurul nusaiba nwosu oakley obaidul obi odette okafor okeke
okonkwo oldham olejnik olena olimpia olivier olu openshaw ophelia oprea orlando orlowski ormerod osei otis
otylia owusu oyelaran padma page paige pajak palmer pandey pandya pankaj paolina paolo papia paraschiv parekh
parisa parker parmar parr parry parsons parul parvati pascal pascale pasha patrizia patterson payne peacock
pedro peel perry petcu petr petrescu phoebe piasecki pickering pickup piers pietrzyk pike pilkington pillai
pilling pinky pintea piper platt pola polash pollard poly poole poonam pop pope porter potter powell prabha
prachi pramanik prasad prashant pratik pratt preda prem preston price primrose proctor prodhan przybyla
przybylski ptak purnima pye qadri qais qasimi quentin quinn rabab rabie rabiul rachna radha radhika radulescu
rafi rafia rafiqul raghav rahal rahat raheel rahul raisa rajani rajeev rajni raju ralph rama ramla ramsay
ramsha ramya rana randall rania ranjan ranjana ranya rao raphaela rares rasel rasha rashad rashidi rashmi
ratan rathod rawlinson rayner reddy reem rehmat renu rhea rhoda rhona rice richa richards richardson ridhi
riding ridings rihab riley rimmer ripa ripon rishi ritesh rizvi roach robertas roberts robinson robson rodrigo
rogalski rogowski rokon romanowski romeo ronan rosca roscoe roshan roshni rosinski roslyn ross rotaru rowe
rowley rozalia rozanski ruby rudd rudo rufus ruhul rukhsar rumana rumi runa rupa rupal rupinder ruslan rutvik
rybak sabbagh sabeen sabri sabuj sachin sadaqat sadhana sadie safa safdar saffron safwan sagar sagor saha
sahana sahar sahera sahib sahil saidi saiful saira salahuddin salam salameh salauddin salehin salisbury salter
salwa samah saman samar sami sardar sarita sarmad saroj sarwar saskia sathi satnam sattar saurabh sava savage
savannah savin savita sawicki scarlett sebastiana segun seher selam sen serban serena sergiusz seth sethi
severin shadab shadi shafaq shafi shagufta shahana shahanara shaiq shakira shalini shami shamsa shamsi shannon
shanta shapla sharjeel sharp sharples shashi shathi shauna shaw shayan sheetal shefali sheikhul sheuli shields
shila shimu shipon shirina shital shiuli shiv shivani shobha shohag shopna short shruti shubham shukla
shumaila shuvo shweta sibanda sienkiewicz sienna simion simmonds simmons simms simran singleton skiba skinner
skowronski skrzypczak sky skye skyla slater slavko smita snow sobczak sobolewski sofian soha sohal sohana sohi
sokolowski sola solanki sonal sonali soni sonny sood sosnowski spencer stachowiak stanciu stanescu stankiewicz
stasiak steele stefanescu stefaniak stela stirling stock stocks stoian stokes stone storey stott stubbs
subhash suciu sudha sudhir sujata sujon sultani suma suman sumbul sumi sumit summer sumner sumon sumter sunny
supriya surya sushil sutherland sutton swapna swift sykes szczepaniak szczepanski szczesny szulc szymczak
tabish tahan tahani tahseen taimur tait taj tallal tamimi tanase tanjina tanvi taqi tarannum taras tarun taryn
tasmia tatenda tattersall tayyib tejal tekle tendai teofil tesfaye thanina thapa thornton thorpe threlfall
tiberiu tigist timur tinashe titus tiwari tkaczyk toader todd tolu toma tomas tomczak tomlinson touhid
townsend travis trinity trivedi trojanowski troy trupti tucker tudose tuhin tully turnbull turton uche uday
uma umaiza umesh una underwood ungureanu unsworth uppal urban urbaniak urbanski urmila urooj urvashi ushna
uzair uzma vadim vaduva vaishali valentine valeria varsha vasant vasilescu veena velma vernon veronique vesna
victorita vikas villiers vimal vinay vineet vinita violetta vipul viraj vishnu vita vitaliy vivek voicu vyas
vytautas wade wafa wainwright wajiha walker wallis walters walton warburton warden wareing warraich wasif
wasik wasilewski watkins watson watts wawrzyniak weaver webster wegrzyn wells wen wesley west weston whalley
wheeler whitehead whitham whittam widad wignall wilcox wilczek wilde wilhelm wilk wilkins williams williamson
willis wilma winiarski winter witham wlodarczyk wolfe wolski wood woodward worthington wren wrona xavier yadav
yamin yamina yara yaroslava yash yates yaw yetunde yohannes yolanda yonas young yumna yusra zadie zafar zafir
zahura zaidan zaidi zainul zamfir zaneta zannat zaremba zawada zeba zeenat zelda zieba ziemowit ziggy zinat
zita zofka zoubi zoya zulfa zunaira zuzana zych
)";

const std::string_view links = R"(
helen elena olena
seamus james
tomos thomas
eoin owen ian
ieuan john ioan
mykola nicholas
zakariya zachary
andrew andrzej andrei
anthony antoni anton
catherine katarzyna katalin
christopher krzysztof
eugene eugeniusz eugen
francis francisco
george jerzy gheorghe jorge
ian ioan jan john joao yohannes giovanni
jacob james
joan joanna ioana jana
john ioan jan
joseph jose yousaf
julian iulian
justina justyna
lucas lukasz luke luca
luke lukasz luca
margaret malgorzata
mark marek marco
mary maria marie maryam
maria marie
matthew mateusz matei
michael michal mihai mikael miguel
michaela mihaela
paul pawel pavel paolo
peter piotr petru pedro petr
stanley stanislaw
thomas tomasz toma tomas
wladyslaw vlad
magdalena madeleine
aleena alina
abraham ibrahim
david daud
susan zuzana
jacob yaqoob
mark marcus
zara zahra
)";

const std::string_view chinese_surnames = R"(
auyeung bai cai cao chan chang chen cheng cheung chiang chiu choi chou chow choy chua deng ding dong dongfang du
duan fan fang feng fung gao ge gong gu guo han hao he ho hou hsiao hsieh hsu hu huang huangfu jia jiang jin kang
kong kuo kwok lai lam lau lee lei leung li liang liao lim lin liu lo long lu luo lv ma mao mei meng mo ng niu
ouyang pan peng poon qian qin qiu ren seeto shangguan shao shen shi sima situ siu song su sun szeto tan tang
tian tsai tsang tse tsui wan wang wei wen wong wu xia xiao xie xiong xu xue yan yang yao ye yeh yeung yin yip yu
yuan yuen zeng zhang zhao zheng zhong zhou zhu zhuge zou
)";

const std::string_view chinese_given = R"(
bin bing bo chao chun fei gang guang guilan guiying guohua guoqiang hai haoran haoyu hong hua huan hui jiahui
jiaming jian jianguo jianhua jianjun jiaqi jiayi jie jing jingjing juan jun kai lan lei lihua lijuan liming
lina liping mei meihua meiling min ming minghui mingming na ning ping qiang qing qingqing rui ruoxi shan shu
shufen siyu tao tianyu tingting weiming weiwei wenjie wenjing wenwen xia xiang xiaodong xiaofeng xiaohong
xiaohua xiaojun xiaolan xiaoli xiaoling xiaomei xiaomin xiaoming xiaoping xiaoyan xiaoyu xin xinyi xiu
xiuying yaning yanling yanyan yating yi yifan ying yingying yixuan yong yuhan yumei yuting yutong yuxuan zhen
zhi zhihao zhiming zhiqiang zihan zihao zixuan
)";

const std::string_view forms_of_address = R"(
adv advocate alhaj alhaji apa barrister bhai born bsc canon capt captain cbe cllr col colonel councillor dame
dhr dl dna dnul doamna doctor domnul dr eng engr esq father fr frau haji hajja hajji herr hon imam inz janab
lady lord madam madame master maulana mbe mgr miss mister mme molvi monsieur mosa mosammat most mr mrs ms msc
mst mufti musammat mx nee obe pani panna pastor pc phd prof professor rabbi rev revd reverend rn senor senora
sergeant sgt shri sir sister smt sri ustad ustadh
)";

const std::string_view joining_words = R"(
ad al and ar as ash at az bin bint binte da de del della den der di do dos du el ibn ibnu la le of st
ten ter the ud ul ur us uz van von wa y z
)";

const std::string_view note_words = R"(
aka alias coordinator family formerly group helper leader maiden manager nee nickname organiser organizer
previously staff steward student supervisor team trainee volunteer
)";

const std::string_view double_surnames = R"(
ou ouyang
si situ sima
shang shangguan
zhu zhuge
huang huangfu
dong dongfang
xia xiahou
gong gongsun
mu murong
ling linghu
yu yuwen
zhang zhangsun
au auyeung auyeong
sze szeto
see seeto
)";

const std::string_view surname_spellings = R"(
cai choi tsai choy chua
chen chan
deng tang
feng fung
guo kwok kuo
huang wong
jiang chiang
liang leung
lin lam lim
liu lau
luo law lo
pan poon
wu ng
xiao siu hsiao
xie tse hsieh
xu tsui hsu
yang yeung
ye yip yeh
yuan yuen
zeng tsang
zhang cheung
zhao chiu
zhou chow chou
)";

const std::string_view cantonese = R"(
au 区區歐欧
chan 陳陈
chau 周鄒邹
cheng 鄭郑
cheung 張张章祥昌長长翔彰
chi 志智芝之
chik 植
ching 程青清靜静晴貞贞正菁婧菁
chiu 趙赵超昭照
cho 曹祖
choi 蔡彩財财采
chow 仇
chu 朱珠
chui 翠
chun 俊駿骏珍春晉晋進进臻秦雋
chung 鍾钟鐘忠聰聪松
fai 輝辉暉
fan 范范芬帆凡
fat 發发
fong 方芳
fu 傅富
fuk 福
fun 歡欢
fung 馮冯鳳凤峰鋒锋豐丰楓枫風风
ha 霞夏
hang 恒恆衡珩
hau 孝厚
hei 希熙曦喜
heung 香向
him 謙谦
hin 軒轩憲宪
hing 興兴卿馨慶庆
hiu 曉晓
ho 何豪浩皓好昊可賀贺河
hoi 海凱凯開开愷
hok 學学
hon 漢汉翰韓韩瀚
hong 康項项匡
hung 洪鴻鸿雄熊虹紅红孔
hui 許许
hin 顯显
ip 葉叶
ka 家嘉加
kai 啟启佳繼继計
kam 金錦锦琴甘鑑
kan 勤簡简
kei 基祈琪其奇棋祺
keung 強强姜
kin 健建堅坚
king 景京敬瓊琼
kit 傑杰潔洁
ko 高
kong 江剛刚港
kuen 權权娟絹拳
kwai 貴贵桂葵
kwan 關关君均群坤
kwok 國国郭
kwong 光鄺邝廣广
kit 結
lai 麗丽禮礼黎麗勵
lam 林藍蓝琳霖
lan 蘭兰
lau 劉刘柳
lee 李
lek 力
leung 梁良
lik 歷
lin 蓮莲連连
ling 玲靈灵齡龄凌鈴
lo 羅罗盧卢路露
lok 樂乐洛
long 朗
luen 聯联
luk 陸陆
lui 雷呂吕
lung 龍龙隆
yun 潤润
kui 駒驹
chin 芊千展
chau 洲秋
chak 澤泽
cheuk 焯卓綽
lun 倫伦綸麟
bun 彬斌賓宾
biu 標标彪
chuen 全泉尊川
kiu 嬌娇喬乔橋
nok 諾诺
lei 莉
nei 妮
na 娜
tat 達达
tong 棠唐湯汤
sheung 湘
kwun 冠
foon 寬
tim 添恬
kim 儉劍剑
moon 滿满
nin 年
shung 崇
ma 馬马
mak 麥麦
man 文敏萬万雯民曼
mei 美媚薇
ming 明銘铭名鳴
miu 苗妙
mo 武慕毛
mok 莫
mui 梅妹
nam 南男
nga 雅
ngai 魏毅藝艺
ngan 銀银顏颜
ngo 娥傲敖
nin 年
ng 吳吴伍
oi 愛爱
on 安
pak 柏百白
pang 彭鵬鹏
pik 碧
ping 平萍炳屏
po 寶宝波保步
pok 博
pui 佩培沛
sai 世
sam 三心森深
san 新山
sang 生
sau 秀壽寿修
shan 姍珊
sheung 雙双尚
shing 成誠诚勝胜盛城承聲
shuk 淑
shun 信順顺舜
sin 倩善仙
sing 星昇
siu 小少蕭萧邵兆紹绍肇
so 蘇苏
suen 孫孙宣璇
sui 瑞水
suet 雪
sum 芯
sun 申
sze 詩诗思斯司施史
tai 大太泰戴
tak 德得
tam 譚谭
tang 鄧邓滕
tik 迪
tin 天田
ting 婷廷丁庭定鼎
to 杜圖濤涛桃道陶
tsang 曾
tse 謝谢
tsui 徐崔
tsz 子芷梓慈
tung 東东董彤童桐通
wa 娃
wah 華华
wai 偉伟惠慧威維维衛卫瑋玮蕙韋韦
wan 雲云尹溫温韻韵運
wing 永榮荣詠咏穎颖泳
wo 和
wong 王黃黄汪
wu 胡湖鄔
wun 煥
yan 欣恩仁忻茵殷昕忍甄
yat 日一逸
yau 有友丘邱游佑
yee 怡儀仪義义兒儿宜意以綺
yeuk 若
yeung 楊杨洋陽阳揚
yi 依伊
yick 易益
yik 億亿翼
yim 嚴严炎艷艳
yin 燕賢贤然妍言延彥彦賢研
ying 英瑩莹盈影迎瑛櫻
yip 業业
yiu 耀瑤瑶姚堯
yu 余如宇雨于愉瑜裕餘
yue 俞
yuen 袁源遠远阮園婉
yuet 月悅悦越
yui 睿銳
yuk 玉旭育煜鈺
yung 勇容雍蓉
)";

} // namespace tally::server::name_lists
